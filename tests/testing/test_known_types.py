"""A misspelt type is told from one that a stack merely lacks, for every type of the provider."""

from __future__ import annotations

import re
import tarfile
from importlib.resources import as_file, files

from terratiers.testing.known_types import explain_missing_type

import pytest


def types_of_the_provider() -> set[tuple[str, str]]:
    """Kind and type of each class, from the JavaScript that the bindings ship."""
    folder = files("cdktf_cdktf_provider_aws._jsii")
    archive = next(f for f in folder.iterdir() if f.name.endswith(".jsii.tgz"))
    found = set()
    with as_file(archive) as path, tarfile.open(path) as tar:
        for member in tar:
            module = re.fullmatch(r"package/lib/([^/]+)/index\.js", member.name)
            if module and module[1] != "provider":
                kind = "data" if module[1].startswith("data-aws-") else "resource"
                text = tar.extractfile(member).read().decode()
                found.add((kind, re.search(r'tfResourceType = "([^"]+)"', text)[1]))
    return found


def test_every_type_of_the_provider_is_known():
    types = types_of_the_provider()
    assert len(types) > 2000
    assert {(kind, name) for kind, name in types if explain_missing_type(kind, name, {})} == set()


@pytest.mark.parametrize(
    ("kind", "type"),
    [
        ("resource", "aws_vcp"),
        ("resource", "aws_availability_zones"),  # a data source only
        ("data", "aws_subnet_a"),
        ("resource", "aws"),
        ("resource", "aws_"),
    ],
)
def test_others_are_not(kind, type):
    word = "data source" if kind == "data" else "resource"
    reason = explain_missing_type(kind, type, {})
    assert reason.startswith(f"the provider's bindings have no {word} {type}; ")


@pytest.mark.parametrize("type", ["corp_vault", "", "my-thing_x", "terraform_data"])
def test_a_provider_without_a_package_is_not_judged(type):
    assert explain_missing_type("resource", type, {}) is None
