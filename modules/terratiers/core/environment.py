"""Where an architecture stands: project, environment, region, account and state location."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from terratiers.core.bucket_name import BUCKET_NAME, BUCKET_NAME_RULE
from terratiers.core.errors import Faults
from terratiers.core.validation import (
    check_bool,
    check_instance,
    check_string,
    check_tags,
    nearest,
)

__all__ = ["Environment", "StateLocation", "regions"]

_NAME = r"[a-z](?:[a-z0-9]|-(?=[a-z0-9])){1,%d}"
_ACCOUNT_ID = r"[0-9]{12}"
_KMS_KEY = (
    r"(?:arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:)?(?:key|alias)/[A-Za-z0-9/_-]{1,250}"
    r"|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32}"
)


@cache
def regions() -> Mapping[str, Mapping[str, Any]]:
    """The regions of `data/regions.json` with their partition and availability zone letters."""
    text = Path(__file__).with_name("data").joinpath("regions.json").read_text(encoding="utf-8")
    catalog: dict[str, dict[str, Any]] = json.loads(text)["regions"]
    return MappingProxyType(catalog)


@dataclass(frozen=True, kw_only=True)
class StateLocation:
    """The S3 bucket that holds the state files, and how they are locked.

    Args:
        bucket: Its name, 3 to 63 characters by S3's rules. It belongs to one account worldwide.
        region: Its region. Default: the environment's.
        kms_key: ARN, id or alias of the KMS key that encrypts the state files. Default: the
            state tier's key, `alias/<project>-<environment>-state`.
        use_kms: False for a bucket of your own that takes SSE-S3 only.
        lock_table: A DynamoDB table for Terraform older than 1.10. Default None: Terraform locks
            with a file in the bucket (`use_lockfile`), which needs Terraform 1.10 or newer.
        allow_unknown_region: Accept a region that the catalog does not have yet.

    Raises:
        ConfigurationError: for a name that S3, KMS or DynamoDB would refuse.

    https://developer.hashicorp.com/terraform/language/backend/s3
    """

    bucket: str
    region: str | None = None
    kms_key: str | None = None
    use_kms: bool = True
    lock_table: str | None = None
    allow_unknown_region: bool = False

    def __post_init__(self) -> None:
        faults = Faults(None, "state location")
        unknown = check_bool(faults, "allow_unknown_region", self.allow_unknown_region)
        check_string(
            faults,
            "bucket",
            self.bucket,
            BUCKET_NAME,
            BUCKET_NAME_RULE,
            tokens=False,
        )
        if self.region is not None:
            _check_region(faults, self.region, bool(unknown))
        if self.kms_key is not None:
            check_string(
                faults,
                "kms_key",
                self.kms_key,
                _KMS_KEY,
                "write an alias like alias/state, a key's id, or its ARN.",
                tokens=False,
            )
        use_kms = check_bool(faults, "use_kms", self.use_kms)
        if use_kms is False and self.kms_key is not None:
            faults.add("kms_key is given, but use_kms is False: leave one of them out.")
        if self.lock_table is not None:
            check_string(
                faults,
                "lock_table",
                self.lock_table,
                r"[A-Za-z0-9_.-]{3,255}",
                "DynamoDB takes 3 to 255 letters, digits, _ . and -.",
                tokens=False,
            )
        faults.raise_any()


@dataclass(frozen=True, kw_only=True)
class Environment:
    """Names, tags, region and state location of one deployment of an architecture.

    It is passed to every tier and holds no resources.

    Args:
        project: Prefix of every name: 2 to 20 lower-case letters, digits and single hyphens.
        name: `dev`, `staging`, `prod`, ...: 2 to 12 of the same characters.
        region: AWS region, checked against the catalog in `core/data/regions.json`.
        account_id: The account's twelve digits. When given, Terraform refuses to touch any other
            account (`allowed_account_ids`). Default: not checked.
        state: Where the state files are. Default: the bucket
            `<project>-<name>-tfstate[-<account_id>]` in `region`, locked by a lock file.
        tags: Tags for every resource, beside `Project`, `Environment`, `Tier` and `ManagedBy`.
        production: Turns on what protects data and turns legal but unwise choices into errors.
        allow_unknown_region: Accept a region that the catalog does not have yet.

    Raises:
        ConfigurationError: for any argument outside of these limits, all faults at once.
    """

    project: str
    name: str
    region: str
    account_id: str | None = None
    state: StateLocation | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    production: bool = False
    allow_unknown_region: bool = False

    def __post_init__(self) -> None:
        faults = Faults(None, "environment")
        for name, value, longest in (("project", self.project, 20), ("name", self.name, 12)):
            check_string(
                faults,
                name,
                value,
                _NAME % (longest - 1),
                f"write 2 to {longest} lower-case letters, digits and single hyphens, a letter "
                "first: every resource's name begins with it.",
                tokens=False,
            )
        check_bool(faults, "production", self.production)
        unknown = check_bool(faults, "allow_unknown_region", self.allow_unknown_region)
        _check_region(faults, self.region, bool(unknown))
        if self.account_id is not None:
            check_string(
                faults,
                "account_id",
                self.account_id,
                _ACCOUNT_ID,
                'write its twelve digits as a string, like "111122223333".',
                tokens=False,
            )
        if self.state is not None:
            check_instance(
                faults, "state", self.state, StateLocation, 'StateLocation(bucket="...")'
            )
        tags = check_tags(faults, "tags", self.tags)
        faults.raise_any()
        for reserved in sorted(tags.keys() & {"Project", "Environment", "Tier", "ManagedBy"}):
            faults.add(f"tags: {reserved} is set by the library: take it out.")
        if len(tags) > 45:
            faults.add(
                f"tags holds {len(tags)} tags: with the library's 4 and a resource's Name, 45 are "
                "left of the 50 that AWS allows."
            )
        faults.raise_any()
        object.__setattr__(self, "tags", MappingProxyType(dict(tags)))

    @property
    def state_location(self) -> StateLocation:
        """`state` with every default filled in."""
        given = self.state
        if given is None:
            account = f"-{self.account_id}" if self.account_id else ""
            given = StateLocation(bucket=f"{self.project}-{self.name}-tfstate{account}")
        return StateLocation(
            bucket=given.bucket,
            region=given.region or self.region,
            kms_key=given.kms_key
            or (f"alias/{self.resource_name('state')}" if given.use_kms else None),
            use_kms=given.use_kms,
            lock_table=given.lock_table,
            allow_unknown_region=given.allow_unknown_region or self.allow_unknown_region,
        )

    @property
    def partition(self) -> str:
        """`aws`, `aws-cn` or `aws-us-gov`; told by its name for a region that is not known."""
        entry = regions().get(self.region)
        if entry:
            return str(entry["partition"])
        named = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}
        return next((p for prefix, p in named.items() if self.region.startswith(prefix)), "aws")

    def state_key(self, tier: str) -> str:
        """The key of a tier's state file: `<project>/<environment>/<tier>.tfstate`.

        Args:
            tier: The tier's name.
        """
        return f"{self.project}/{self.name}/{tier}.tfstate"

    def resource_name(self, name: str) -> str:
        """`<project>-<environment>-<name>`.

        Args:
            name: What follows project and environment.
        """
        return f"{self.project}-{self.name}-{name}"

    def default_tags(self, tier: str) -> dict[str, str]:
        """The tags that the provider puts on every resource of `tier`."""
        return {
            **self.tags,
            "Project": self.project,
            "Environment": self.name,
            "Tier": tier,
            "ManagedBy": "terraform",
        }

    def __hash__(self) -> int:
        return hash((self.project, self.name, self.region, self.account_id))


def _check_region(faults: Faults, region: object, allow_unknown: bool) -> None:
    rule = "write an AWS region like eu-central-1."
    checked = check_string(
        faults, "region", region, r"[a-z]{2,4}(?:-[a-z]+){1,3}-[0-9]{1,2}", rule, tokens=False
    )
    if checked and not allow_unknown and checked not in regions():
        hint = nearest(checked, regions()) or ":"
        faults.add(
            f"region {checked} is not in the catalog{hint} pass allow_unknown_region=True to the "
            "Environment if AWS has opened it since."
        )
