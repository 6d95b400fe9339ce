from __future__ import annotations

import re
from pathlib import Path

from terratiers.core import checkov
from terratiers.core.checkov import catalog_source, is_check_id, resource_types

import pytest

LIBRARY = Path(checkov.__file__).parents[1]
REQUIREMENTS = Path(__file__).parents[2] / "tools/policy-requirements.txt"


def test_the_catalog_knows_what_a_check_looks_at():
    assert resource_types("CKV_AWS_150") == {"aws_lb", "aws_alb"}
    assert resource_types("CKV2_AWS_1") == {"aws_network_acl"}
    assert resource_types("CKV_AWS_145") == {"aws_s3_bucket"}
    assert resource_types("CKV_AWS_99999") is None


def test_the_catalog_is_of_the_checkov_that_is_run():
    (pin,) = re.findall(r"(?m)^checkov==(.+)$", REQUIREMENTS.read_text("utf-8"))
    assert catalog_source() == f"checkov {pin}"


def test_the_catalog_knows_every_check_that_the_library_skips():
    named = {
        check
        for file in LIBRARY.rglob("*.py")
        for check in re.findall(r"skip_check\([^)]*?\"(CKV2?_AWS_\d+)\"", file.read_text("utf-8"))
    }
    assert len(named) > 10
    assert [check for check in named if resource_types(check) is None] == []


@pytest.mark.parametrize("text", ["CKV_AWS_18", "CKV2_AWS_62", "CKV_SHOP_1"])
def test_ids_of_checks_have_a_form(text):
    assert is_check_id(text)
    assert not is_check_id(text.lower())
    assert not is_check_id(f"{text}x")
