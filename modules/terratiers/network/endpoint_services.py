"""Names of the services that VPC endpoints lead to, checked against a catalog."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from terratiers.core.errors import Faults
from terratiers.core.tokens import is_token
from terratiers.core.validation import nearest, show

__all__ = [
    "check_service",
    "gateway_services",
    "interface_services",
    "is_full_name",
    "service_name",
    "short_name",
]

_FULL_NAME = re.compile(
    r"com\.amazonaws\.vpce\.[a-z0-9-]+\.vpce-svc-(?:[0-9a-f]{8}|[0-9a-f]{17})"
    r"|(?:cn\.)?com\.amazonaws\.(?!vpce\.)[a-z0-9-]+\.[a-z0-9.-]+"
    r"|aws\.(?:api|sagemaker)\.[a-z0-9-]+\.[a-z0-9.-]+"
)


@cache
def _catalog() -> dict[str, dict[str, str]]:
    file = Path(__file__).with_name("data") / "endpoint_services.json"
    document: dict[str, dict[str, str]] = json.loads(file.read_text(encoding="utf-8"))
    return document


def interface_services() -> Mapping[str, str]:
    """Short names of services with interface endpoints, and what precedes the region in full."""
    return _catalog()["interface"]


def gateway_services() -> tuple[str, ...]:
    """`dynamodb` and `s3`: the services with gateway endpoints."""
    return tuple(_catalog()["gateway"])


def is_full_name(service: str) -> bool:
    """Whether `service` is a name as AWS writes it, with prefix and region, or a token."""
    return is_token(service) or _FULL_NAME.fullmatch(service) is not None


def check_service(faults: Faults, name: str, value: object) -> None:
    """Notes a service that has no interface endpoint, with the names that look alike."""
    if is_token(value):
        return
    if not isinstance(value, str):
        faults.add(f'{name} is {show(value)} ({type(value).__name__}): write a name like "ssm".')
        return
    if value in interface_services() or is_full_name(value):
        return
    faults.add(
        f"{name} {show(value)} is not in the catalog of interface endpoints"
        f"{nearest(value, interface_services()) or ':'} a service newer than the catalog takes its "
        "full name, com.amazonaws.<region>.<service>."
    )


def service_name(region: str, service: str) -> str:
    """The full name in `region` of a service of the catalog: `com.amazonaws.<region>.ssm`."""
    prefix = interface_services().get(service, "com.amazonaws")
    return f"{prefix}.{region}.{service}"


def short_name(service: str) -> str:
    """`ssm` for `ssm` and for `com.amazonaws.eu-central-1.ssm`; other names as they are."""
    match = re.fullmatch(r"(?:cn\.)?com\.amazonaws\.[a-z]{2,4}(?:-[a-z]+)+-\d+\.(.+)", service)
    return match[1] if match else service
