"""checkov's checks: which resources they look at, and skipping one where it is wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from terratiers.core.constant_properties import known_children
from terratiers.core.kernel_process import without_waiting
from terratiers.core.names import terraform_type

from cdktf import TerraformResource
from constructs import Construct, IConstruct

__all__ = [
    "CHECK_ID",
    "catalog_source",
    "is_check_id",
    "reference",
    "resource_types",
    "resources_of",
    "skip_check",
    "skipped_checks",
]

CHECK_ID = r"CKV2?_[A-Z][A-Z0-9]*_[0-9]+"
# By jsii's reference: another Python object may stand for the same resource later.
_skips: dict[str, dict[str, str]] = {}
_CATALOG = Path(__file__).parent / "data/checkov_checks.json"


def is_check_id(text: object) -> bool:
    """Whether `text` has the form of a check's id: `CKV_AWS_18`, `CKV2_AWS_62`."""
    return isinstance(text, str) and re.fullmatch(CHECK_ID, text) is not None


def skip_check(resource: TerraformResource, check: str, reason: str) -> None:
    """Writes down beside a resource that a check is wrong for it: `"//": {"checkov": {"skip": ...`.

    For constructs that know so for whoever uses them; programs use `acknowledge`. A later reason
    takes the place of an earlier one.

    Args:
        resource: What checkov finds fault with.
        check: The check's id.
        reason: Why the check is wrong here; it becomes one line.
    """
    skips = _skips.setdefault(reference(resource), {})
    skips[check] = " ".join(reason.split())
    listed = [{"id": id, "comment": comment} for id, comment in skips.items()]
    with without_waiting():
        resource.add_override("//.checkov.skip", listed)


def skipped_checks(resource: Construct) -> Mapping[str, str]:
    """The checks that were skipped at a resource so far, each with the reason."""
    return dict(_skips.get(reference(resource), {}))


def reference(construct: IConstruct) -> str:
    """What tells a construct from all others, whichever Python object stands for it."""
    ref: str = construct.__jsii_ref__.ref  # type: ignore[attr-defined]
    return ref


def catalog_source() -> str:
    """What the catalog of checks was made of: `checkov 3.3.30`."""
    source: str = _catalog()["source"]
    return source


def resource_types(check: str) -> frozenset[str] | None:
    """The types of resource that a check looks at; None for one that the catalog does not know."""
    known = _catalog()["checks"].get(check)
    return None if known is None else frozenset(known["resource_types"])


def resources_of(scope: Construct, types: frozenset[str]) -> Sequence[TerraformResource]:
    """The resources of these types at and below `scope`."""
    return [
        element
        for element in _all_in(scope)
        if isinstance(element, TerraformResource) and terraform_type(element) in types
    ]


def _all_in(scope: IConstruct) -> Iterator[IConstruct]:
    yield scope
    children = known_children(scope)
    for child in scope.node.children if children is None else children:
        yield from _all_in(child)


@cache
def _catalog() -> dict[str, Any]:
    catalog: dict[str, Any] = json.loads(_CATALOG.read_text("utf-8"))
    return catalog
