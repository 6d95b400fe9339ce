"""Tiers outside of this program."""

from __future__ import annotations

from dataclasses import dataclass

from terratiers.core.environment import Environment, StateLocation
from terratiers.core.errors import Faults
from terratiers.core.validation import check_instance, check_string

__all__ = ["TIER_NAME", "TIER_RULE", "RemoteTier"]

TIER_NAME = r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*"
TIER_RULE = "write lower-case letters, digits and single hyphens, a letter first."
_WORKSPACE = "${terraform.workspace}"


@dataclass(frozen=True, kw_only=True)
class RemoteTier:
    """A tier outside of this program, named by its state file in S3.

    Args:
        name: A name for it in this program; part of the data source's address.
        state: The bucket that holds its state, with `region` filled in.
        key: The state file's key.
        workspace: Its Terraform workspace. Default: the consumer's own.

    Raises:
        ConfigurationError: for a name or key that is not of that form.
    """

    name: str
    state: StateLocation
    key: str
    workspace: str = _WORKSPACE

    def __post_init__(self) -> None:
        faults = Faults(None, "remote tier")
        check_string(faults, "name", self.name, TIER_NAME, TIER_RULE, tokens=False)
        location = check_instance(
            faults, "state", self.state, StateLocation, 'StateLocation(bucket="...", region="...")'
        )
        if location and location.region is None:
            faults.add("state has no region: StateLocation(bucket=..., region=...) needs one here.")
        check_string(faults, "key", self.key, r"\S{1,1024}", "write an S3 key.", tokens=False)
        check_string(
            faults,
            "workspace",
            self.workspace,
            r"[A-Za-z0-9_.~-]+|\$\{terraform\.workspace\}",
            "write the name of a Terraform workspace.",
            tokens=False,
        )
        faults.raise_any()

    @classmethod
    def of(cls, environment: Environment, name: str) -> RemoteTier:
        """The tier `name` of an architecture that another program made with `environment`."""
        faults = Faults(None, "remote tier")
        check_instance(faults, "environment", environment, Environment, "an Environment(...)")
        check_string(faults, "name", name, TIER_NAME, TIER_RULE, tokens=False)
        faults.raise_any()
        return cls(name=name, state=environment.state_location, key=environment.state_key(name))
