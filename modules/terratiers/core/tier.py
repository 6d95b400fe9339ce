"""A tier: one stack, one state file, and the contract with the tiers beside it."""

from __future__ import annotations

from typing import Any, ClassVar, TypeVar

from terratiers.core.contract import (
    Shareable,
    fact_names,
    facts_of,
    read_attributes,
    written_outputs,
)
from terratiers.core.cross_tier import reject_undeclared_references
from terratiers.core.environment import Environment
from terratiers.core.errors import Faults
from terratiers.core.names import child_of
from terratiers.core.remote_tier import TIER_NAME, TIER_RULE, RemoteTier
from terratiers.core.validation import (
    check_instance,
    check_scope,
    check_string,
    configuration_error,
    nearest,
    show,
)

from cdktf import DataTerraformRemoteStateS3, S3Backend, TerraformOutput, TerraformStack
from cdktf_cdktf_provider_aws.provider import AwsProvider, AwsProviderDefaultTags
from constructs import Construct

__all__ = ["Tier"]

T = TypeVar("T")


class Tier(TerraformStack):
    """One tier of an architecture: a stack with the AWS provider and a remote state of its own.

    Makes the provider (region, default tags, `allowed_account_ids` when the account is known) and
    an encrypted, locked S3 backend at `<project>/<environment>/<tier>.tfstate`.

    Args:
        scope: The `cdktf.App`.
        id: The tier's name and the stack's: lower-case letters, digits and single hyphens. Two
            environments in one app need two ids; `name` keeps the state keys apart from them.
        environment: Names, region, account and state location.
        name: The tier's name in tags and state key. Default: `id`.

    Raises:
        ConfigurationError: for arguments of the wrong type or form.
    """

    holds_state: ClassVar[bool] = False
    """Whether the tier makes the bucket of the state location, and so is deployed first."""

    def __init__(
        self, scope: Construct, id: str, *, environment: Environment, name: str | None = None
    ) -> None:
        faults = check_scope(scope, id)
        tier_name = id if name is None else name
        check_string(
            faults,
            "id" if name is None else "name",
            tier_name,
            TIER_NAME,
            TIER_RULE,
            tokens=False,
        )
        check_instance(
            faults,
            "environment",
            environment,
            Environment,
            'Environment(project="...", name="...", region="...")',
        )
        faults.raise_any()
        super().__init__(scope, id)
        self.environment = environment
        self.tier_name = tier_name
        self._shared: dict[str, str] = {}
        self._outputs: set[str] = set()
        self._used: dict[tuple[str, str], Any] = {}
        self._remote_states: dict[RemoteTier, DataTerraformRemoteStateS3] = {}
        self.provider = AwsProvider(
            self,
            "aws",
            region=environment.region,
            default_tags=[AwsProviderDefaultTags(tags=environment.default_tags(tier_name))],
            allowed_account_ids=[environment.account_id] if environment.account_id else None,
        )
        self._configure_backend()
        self._come_after_state()
        reject_undeclared_references(self)

    def _configure_backend(self) -> None:
        """The state file in S3. The state tier, which makes the bucket, begins with a local one."""
        self.use_s3_backend()

    def _come_after_state(self) -> None:
        """Deploys the tier that makes the state bucket before those that keep their state in it."""
        for other in self.node.scope.node.children if self.node.scope else []:
            if not isinstance(other, Tier) or other is self:
                continue
            if other.environment.state_location != self.environment.state_location:
                continue
            if other.holds_state:
                self.add_dependency(other)
            elif self.holds_state:
                other.add_dependency(self)

    def use_s3_backend(self) -> None:
        """Keeps this tier's state in the environment's bucket.

        Terraform names the key with each object: with `encrypt` alone it would ask for SSE-S3,
        which the state tier's bucket refuses.
        """
        state = self.environment.state_location
        backend = S3Backend(
            self,
            bucket=state.bucket,
            key=self.environment.state_key(self.tier_name),
            region=state.region,
            encrypt=True,
            kms_key_id=state.kms_key,
            dynamodb_table=state.lock_table,
        )
        if state.lock_table is None:
            backend.add_override("use_lockfile", True)
        self.add_override(
            "terraform.required_version", ">= 1.10.0" if state.lock_table is None else ">= 1.5.0"
        )

    def add_output(
        self, name: str, value: Any, *, description: str, sensitive: bool = False
    ) -> None:
        """Adds a Terraform output.

        Args:
            name: Letters, digits and underscores, a letter first; new in this tier.
            value: A string, number, list or map; tokens are usual.
            description: One line for who reads the state.
            sensitive: Whether Terraform hides the value. Default: no.

        Raises:
            ConfigurationError: for a name of another form or one that is taken.
        """
        faults = Faults(self, name)
        check_string(
            faults, "output name", name, r"[a-z][a-z0-9_]*",
            "write lower-case letters, digits and underscores, a letter first.", tokens=False,
        )  # fmt: skip
        faults.raise_any()
        if child_of(self, name) is not None:
            raise configuration_error(
                self, name, f"output {name} is taken in this tier: give it another name."
            )
        TerraformOutput(
            self, name, value=value, description=description, sensitive=sensitive or None
        )
        self._outputs.add(name)

    def share(self, construct: Shareable[Any]) -> None:
        """Publishes a construct's contract: one readable output for each value it shares.

        `use` does so by itself; call it for consumers in other programs.

        Args:
            construct: A construct of this tier that has `attributes`, such as a `Vpc`.
        """
        path = construct.node.path
        prefix = _output_prefix(self, construct)
        owner = self._shared.setdefault(prefix, path)
        if owner != path:
            raise configuration_error(
                self, prefix, f"{owner} and {path} would share outputs: give one another id."
            )
        for name, value, meta in written_outputs(prefix, construct.attributes):
            if name not in self._outputs:
                self.add_output(name, value, description=meta.description, sensitive=meta.sensitive)

    def use(self, construct: Shareable[T]) -> T:
        """A construct of another tier, for use in this one: `vpc = self.use(network.vpc)`.

        The producer publishes its outputs, this tier reads them from the producer's remote state
        and is deployed after it. What comes back has the interface of the original.

        Raises:
            ConfigurationError: when `construct` cannot be shared, belongs to this tier already or
                to a stack that is no `Tier`, or when that tier depends on this one.
        """
        if not isinstance(construct, Shareable) or not isinstance(construct, Construct):
            raise configuration_error(
                self,
                "use",
                f"{show(construct)} ({type(construct).__name__}) cannot be shared between tiers: "
                "pass a construct that has attributes, such as a Vpc.",
            )
        producer = TerraformStack.of(construct)
        path = construct.node.path
        if producer is self:
            raise configuration_error(
                self, "use", f"{path} belongs to this tier: use it as it is, without use()."
            )
        if not isinstance(producer, Tier):
            raise configuration_error(
                self,
                "use",
                f"{path} belongs to {producer.node.path}, which is no Tier and has no known state: "
                "make that stack a Tier or hand over ids with from_attributes().",
            )
        if producer.depends_on(self):
            raise configuration_error(
                self,
                "use",
                f"{producer.node.path} depends on this tier already, so {path} cannot be used "
                "here: tiers are deployed one after the other.",
            )
        producer.share(construct)
        self.add_dependency(producer)
        remote = RemoteTier.of(producer.environment, producer.tier_name)
        return self._read(
            type(construct),
            _output_prefix(producer, construct),
            remote,
            facts_of(construct.attributes),
        )

    def use_remote(
        self, kind: type[Shareable[T]], prefix: str, *, tier: RemoteTier, **facts: Any
    ) -> T:
        """A construct of a tier outside of this program: `use_remote(Vpc, "vpc", tier=...)`.

        Args:
            kind: The construct's class.
            prefix: What its outputs begin with there: its id.
            tier: Where that tier's state is.
            facts: What its contract knows at synth time, by the names of the fields of
                `kind.Attributes` (for a `Vpc`: `availability_zones`, `subnet_types`, ...).

        Raises:
            ConfigurationError: when a fact is missing or unknown, or an argument is no such thing.
        """
        faults = Faults(self, "use_remote")
        if (
            not isinstance(kind, type)
            or not issubclass(kind, Construct)
            or not hasattr(kind, "Attributes")
        ):
            faults.add(f"kind is {show(kind)}: pass a class that can be shared, such as Vpc.")
        check_string(
            faults, "prefix", prefix, r"[a-z][a-z0-9_]*", 'write the id it has there, like "vpc".',
            tokens=False,
        )  # fmt: skip
        check_instance(faults, "tier", tier, RemoteTier, "RemoteTier.of(environment, name)")
        faults.raise_any()
        known = fact_names(kind.Attributes)
        for name in sorted(facts.keys() - known.keys()):
            hint = nearest(name, known) or f": it knows {', '.join(known)}."
            faults.add(f"{name} is no fact of {kind.__name__}{hint}")
        for name, required in known.items():
            if required and name not in facts:
                faults.add(f"{name} is missing: {kind.__name__} has to know it at synth time.")
        faults.raise_any()
        return self._read(kind, prefix, tier, facts)

    def _read(
        self, kind: type[Shareable[T]], prefix: str, remote: RemoteTier, facts: dict[str, Any]
    ) -> T:
        data = self._remote_state(remote)
        name = _data_source_name(remote)
        if (name, prefix) not in self._used:
            attributes = read_attributes(
                kind.Attributes,
                prefix,
                facts,
                lambda output: f"data.terraform_remote_state.{name}.outputs.{output}",
            )
            self._used[name, prefix] = kind.from_attributes(data, prefix, attributes)
        used: T = self._used[name, prefix]
        return used

    def _remote_state(self, remote: RemoteTier) -> DataTerraformRemoteStateS3:
        """The one data source through which this tier reads `remote`."""
        if remote not in self._remote_states:
            name = _data_source_name(remote)
            taken = [r for r in self._remote_states if _data_source_name(r) == name]
            if taken:
                raise configuration_error(
                    self,
                    "use_remote",
                    f"{remote.key} and {taken[0].key} are both called {name}: "
                    "give one RemoteTier another name.",
                )
            data = DataTerraformRemoteStateS3(
                self,
                f"remote-{remote.name}",
                bucket=remote.state.bucket,
                key=remote.key,
                region=remote.state.region,
                workspace=remote.workspace,
            )
            data.override_logical_id(name)
            self._remote_states[remote] = data
        return self._remote_states[remote]


def _output_prefix(tier: Tier, construct: Any) -> str:
    below: str = construct.node.path.removeprefix(tier.node.path + "/")
    return below.replace("/", "_").replace("-", "_").lower()


def _data_source_name(remote: RemoteTier) -> str:
    return remote.name.replace("-", "_")
