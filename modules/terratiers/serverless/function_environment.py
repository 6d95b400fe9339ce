"""A function's environment variables, as Lambda takes them."""

from __future__ import annotations

import json
from collections.abc import Mapping

from terratiers.core.errors import Faults
from terratiers.core.tokens import is_token
from terratiers.core.validation import check_string, show

__all__ = ["RESERVED_NAMES", "check_environment"]

# https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
RESERVED_NAMES = frozenset(
    {
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_DEFAULT_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_MAX_CONCURRENCY",
        "AWS_LAMBDA_METADATA_API",
        "AWS_LAMBDA_METADATA_TOKEN",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
    }
)
_LIMIT = 4096


def check_environment(faults: Faults, value: object) -> dict[str, str]:
    """Notes names that Lambda keeps or refuses, values that are no text, and more than 4 KB."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        faults.add(
            f'environment is {show(value)} ({type(value).__name__}): write {{"NAME": "value"}}.'
        )
        return {}
    for name, text in value.items():
        if name in RESERVED_NAMES:
            faults.add(f"environment: {name} is set by Lambda itself: use another name.")
        else:
            rule = "write a letter, then letters, digits and _, two characters at least (Lambda)."
            pattern = r"[A-Za-z][A-Za-z0-9_]+"
            check_string(faults, "environment: name", name, pattern, rule, tokens=False)
        if not isinstance(text, str):
            faults.add(
                f"environment: {show(name)} is {show(text)} ({type(text).__name__}): "
                "write a string."
            )
        elif "\0" in text:
            faults.add(f"environment: {show(name)} holds a NUL character.")
    if faults:
        return {}
    known = {name: "" if is_token(text) else text for name, text in value.items()}
    size = len(json.dumps(known, separators=(",", ":"), ensure_ascii=False).encode())
    if size > _LIMIT:
        faults.add(
            f"environment has {size} bytes: Lambda takes {_LIMIT}; keep the rest in a parameter."
        )
    return dict(value)
