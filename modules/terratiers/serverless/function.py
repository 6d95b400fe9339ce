"""Lambda functions: code that starts on an event and ends by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from terratiers.core.all_or_nothing import all_or_nothing
from terratiers.core.errors import Faults
from terratiers.core.names import construct_name, pin_address
from terratiers.core.tokens import same_value
from terratiers.core.validation import check_instance, check_scope, check_tags, show
from terratiers.messaging.key_access import check_key
from terratiers.messaging.queue_base import QueueBase
from terratiers.messaging.topic_base import TopicBase
from terratiers.network.vpc_attributes import IVpc
from terratiers.security.connections import Connections
from terratiers.security.key import KeyBase
from terratiers.security.policy_statement import PolicyStatement
from terratiers.security.principal import Principal
from terratiers.security.role import Role, RoleBase, grant_name
from terratiers.security.security_group import SecurityGroupBase
from terratiers.serverless.code import Code
from terratiers.serverless.function_base import (
    FunctionAttributes,
    FunctionBase,
    ImportedFunction,
)
from terratiers.serverless.function_destination import (
    Destination,
    EventSettings,
    destination_arn,
    grant_destination,
    role_policies,
)
from terratiers.serverless.function_environment import check_environment
from terratiers.serverless.function_handler import check_handler
from terratiers.serverless.function_input import (
    check_async,
    check_layers,
    check_name,
    check_numbers,
    check_role,
    check_switches,
)
from terratiers.serverless.function_logs import FunctionLogs
from terratiers.serverless.function_network import (
    VPC_POLICY,
    check_network,
    function_group,
    network_settings,
)
from terratiers.serverless.function_permission import Permissions
from terratiers.serverless.runtime import check_runtime, warn_of_deprecation

from cdktf_cdktf_provider_aws.lambda_function import (
    LambdaFunction,
    LambdaFunctionDeadLetterConfig,
    LambdaFunctionEnvironment,
    LambdaFunctionEphemeralStorage,
    LambdaFunctionSnapStart,
    LambdaFunctionTracingConfig,
)
from constructs import Construct

if TYPE_CHECKING:
    from terratiers.serverless.alias import Alias
    from terratiers.serverless.function_event_source import QueueEvents, StreamEvents, StreamSource
    from terratiers.serverless.function_url import FunctionUrl, FunctionUrlCors

    from cdktf_cdktf_provider_aws.lambda_event_source_mapping import LambdaEventSourceMapping
    from cdktf_cdktf_provider_aws.lambda_function_recursion_config import (
        LambdaFunctionRecursionConfig,
    )

__all__ = ["Function"]

TRACING_POLICY = "AWSXRayDaemonWriteAccess"


class Function(FunctionBase):
    """A Lambda function with a role and a log group of its own.

    Its role may write to that log group and send traces, and nothing else until it is granted.

    Args:
        scope: The tier, stack or construct.
        id: Part of the Terraform names: `aws_lambda_function.<id>`, `aws_iam_role.<id>_role`,
            `aws_cloudwatch_log_group.<id>`.
        code: `Code.from_asset("lambda/items")` or `Code.from_bucket(...)`.
        handler: `file.function`; for Python and Node.js it has to be in the code. Default:
            handler.handler.
        runtime: One of the catalog's; one without security updates warns
            (`lambda-runtime-deprecated`). Default: python3.13.
        architecture: `arm64` or `x86_64`. Default: arm64, which costs a fifth less.
        function_name: 1 to 64 letters, digits, - and _. Default:
            `<project>-<environment>-<path>`.
        memory_size: MB, 128 to 10240; the CPU grows with it. Default: 256.
        timeout: Seconds, 1 to 900. Default: 10.
        environment: Variables, up to 4 KB; tokens are allowed as values. Default: none.
        environment_key: A `Key` that encrypts them. Default: AWS's own.
        ephemeral_storage: MB of `/tmp`, 512 to 10240. Default: 512.
        reserved_concurrent_executions: How many may run at once, kept free for it; 0 stops it.
            Default: what the account has.
        description: Up to 256 characters. Default: none.
        role: A `Role` that Lambda may assume. Default: an own one.
        logs: Default: `FunctionLogs()`: text, kept for 365 days.
        tracing: Whether X-Ray traces it. Default: yes.
        vpc: A `Vpc` to run in. Default: none; a function needs one only for what is inside.
        subnet_group: The group of its subnets. Default: private.
        security_group: Default: an own one without any rule; see `connections`.
        dead_letter_queue: A `Queue` or `Topic`, or its ARN, that gets the events which nobody
            waits for and which failed to the last. Default: none.
        on_success: A `Queue`, `Topic` or `Function`, or its ARN, that is told of each such event
            that was handled. Default: none.
        on_failure: The same for those that failed, with the error. Default: none.
        retry_attempts: How often such an event is tried again, 0 to 2. Default: 2.
        max_event_age: Seconds after which it is given up, 60 to 21600. Default: 21600.
        layers: ARNs of layer versions, up to 5. Default: none.
        publish: Whether each change makes a numbered version, for aliases. Default: no.
        snap_start: Whether published versions start from a snapshot; Java, Python from 3.12 and
            .NET. Default: no.
        recursive_loop: `Terminate` stops a function that calls itself through a queue, a topic
            or a bucket; `Allow` does not. Default: Terminate.
        tags: Further tags.

    Raises:
        ConfigurationError: for a value outside of these limits.

    https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        code: Code,
        handler: str = "handler.handler",
        runtime: str = "python3.13",
        architecture: str = "arm64",
        function_name: str | None = None,
        memory_size: int = 256,
        timeout: int = 10,
        environment: Mapping[str, str] | None = None,
        environment_key: KeyBase | None = None,
        ephemeral_storage: int = 512,
        reserved_concurrent_executions: int | None = None,
        description: str | None = None,
        role: RoleBase | None = None,
        logs: FunctionLogs = FunctionLogs(),  # noqa: B008 - frozen
        tracing: bool = True,
        vpc: IVpc | None = None,
        subnet_group: str | None = None,
        security_group: SecurityGroupBase | None = None,
        dead_letter_queue: QueueBase | TopicBase | str | None = None,
        on_success: Destination | None = None,
        on_failure: Destination | None = None,
        retry_attempts: int | None = None,
        max_event_age: int | None = None,
        layers: Sequence[str] = (),
        publish: bool = False,
        snap_start: bool = False,
        recursive_loop: str = "Terminate",
        tags: Mapping[str, str] | None = None,
    ) -> None:
        faults = check_scope(scope, id)
        name = check_name(faults, function_name, scope, id)
        known = check_runtime(faults, runtime, architecture)
        checked_layers = check_layers(faults, layers)
        read = None
        if check_instance(faults, "code", code, Code, 'Code.from_asset("lambda/items")'):
            read = code.read(faults, scope, known, architecture)
        files = read.files if read else None
        check_handler(faults, handler, known, files, layered=bool(checked_layers))
        variables = check_environment(faults, environment)
        check_key(faults, environment_key, scope, "environment_key")
        if environment_key is not None and not environment:
            faults.add("environment_key encrypts nothing: give environment, or leave it out.")
        check_numbers(
            faults,
            memory_size=memory_size,
            timeout=timeout,
            ephemeral_storage=ephemeral_storage,
            reserved_concurrent_executions=reserved_concurrent_executions,
        )
        check_switches(
            faults,
            known,
            description=description,
            tracing=tracing,
            publish=publish,
            snap_start=snap_start,
            recursive_loop=recursive_loop,
            ephemeral_storage=ephemeral_storage,
        )
        check_role(faults, role, scope)
        if check_instance(faults, "logs", logs, FunctionLogs, "FunctionLogs()"):
            logs.check(faults, scope)
        check_network(faults, scope, vpc, subnet_group, security_group)
        check_async(
            faults,
            scope,
            {
                "dead_letter_queue": dead_letter_queue,
                "on_success": on_success,
                "on_failure": on_failure,
                "retry_attempts": retry_attempts,
                "max_event_age": max_event_age,
            },
        )
        own_tags = check_tags(faults, "tags", tags)
        faults.raise_any()
        assert known is not None
        super().__init__(scope, id)
        with all_or_nothing(scope, id):
            self.publishes = publish
            self.snap_starts = snap_start
            self.timeout = timeout
            self.reserved_concurrent_executions = reserved_concurrent_executions
            self._environment = variables
            self.own_tags = own_tags
            warn_of_deprecation(self, known)

            self._role = role or Role(
                self,
                "role",
                assumed_by=Principal.service("lambda"),
                description=f"Lambda function {name}",
            )
            self.log_group = logs.add_group(self, name)
            self.security_group = function_group(self, vpc, security_group)
            self._grant_role(tracing, vpc is not None, environment_key)
            for what, target in (
                ("dead-letters", dead_letter_queue),
                ("on-success", on_success),
                ("on-failure", on_failure),
            ):
                if target is not None:
                    grant_destination(target, self._role, grant_name(self, what))

            bound = code.bind(self, read)
            self.resource = LambdaFunction(
                self,
                "resource",
                function_name=name,
                description=description,
                role=self._role.role_arn,
                runtime=runtime,
                handler=handler,
                architectures=[architecture],
                filename=bound.filename,
                source_code_hash=bound.source_code_hash,
                s3_bucket=bound.s3_bucket,
                s3_key=bound.s3_key,
                s3_object_version=bound.s3_object_version,
                memory_size=memory_size,
                timeout=timeout,
                environment=LambdaFunctionEnvironment(variables=variables) if variables else None,
                kms_key_arn=environment_key.key_arn if environment_key else None,
                ephemeral_storage=LambdaFunctionEphemeralStorage(size=ephemeral_storage),
                reserved_concurrent_executions=reserved_concurrent_executions,
                logging_config=logs.settings(self.log_group),
                tracing_config=LambdaFunctionTracingConfig(
                    mode="Active" if tracing else "PassThrough"
                ),
                vpc_config=network_settings(self, vpc, subnet_group, self.security_group)
                if vpc is not None and self.security_group is not None
                else None,
                dead_letter_config=LambdaFunctionDeadLetterConfig(
                    target_arn=destination_arn(dead_letter_queue)
                )
                if dead_letter_queue is not None
                else None,
                layers=list(checked_layers) or None,
                publish=publish or None,
                snap_start=LambdaFunctionSnapStart(apply_on="PublishedVersions")
                if snap_start
                else None,
                tags={**own_tags, "Name": construct_name(self)},
                depends_on=[self.log_group, *role_policies(self._role)],
            )
            pin_address(self.resource, self)
            self._attributes = FunctionAttributes(
                function_arn=self.resource.arn,
                function_name=self.resource.function_name,
                invoke_arn=self.resource.invoke_arn,
                role_arn=self._role.role_arn,
                role_name=self._role.role_name,
            )
            self._permissions = Permissions(self, self.function_name)
            self.event_settings = EventSettings(
                on_success=on_success,
                on_failure=on_failure,
                retry_attempts=retry_attempts,
                max_event_age=max_event_age,
            )
            self.event_invoke_config = self.event_settings.configure(self, self)
            self.recursion_config: LambdaFunctionRecursionConfig | None = None
            if recursive_loop == "Allow":
                self.recursion_config = self._allow_loop()

    @classmethod
    def from_attributes(
        cls, scope: Construct, id: str, attributes: FunctionAttributes
    ) -> ImportedFunction:
        """A function that exists already.

        Raises:
            ConfigurationError: for ARNs or names of another form.
        """
        return ImportedFunction(scope, id, attributes)

    @property
    def version(self) -> str:
        """The number of the version that the last change published; see `publish`."""
        return self.resource.version

    @property
    def connections(self) -> Connections:
        """The rules of its security group.

        Raises:
            ConfigurationError: for a function outside of VPCs.
        """
        if self.security_group is None:
            faults = Faults(self.node.scope, self.node.id)
            faults.add("it is in no VPC and has no security group: give vpc.")
            faults.raise_any()
        assert self.security_group is not None
        return self.security_group.connections

    def add_environment(self, name: str, value: str) -> None:
        """Adds one environment variable; the same again changes nothing.

        Args:
            name: Letters, digits and `_`, a letter first.
            value: Its value; tokens are usual.

        Raises:
            ConfigurationError: for a name that Lambda keeps or refuses or that has another value,
                and beyond 4 KB.
        """
        faults = Faults(self.node.scope, self.node.id)
        known = self._environment.get(name) if isinstance(name, str) else None
        variables = check_environment(faults, {**self._environment, name: value})
        if known is not None and not same_value(self, known, value):
            faults.add(f"environment: {name} is {show(known)} already: use another name.")
        faults.raise_any()
        self._environment = variables
        self.resource.put_environment(variables=variables)

    def add_alias(
        self,
        name: str,
        *,
        version: str | None = None,
        description: str | None = None,
        provisioned_concurrency: int | None = None,
    ) -> Alias:
        """A name for one version, `aws_lambda_alias.<function>_<name>`.

        Events that nobody waits for are treated as the function's are: `on_success`,
        `retry_attempts` and so on hold for both.

        Args:
            name: 1 to 64 letters, digits, - and _, a letter first: `live`.
            version: A version's number, or `$LATEST`. Default: the last that was published,
                which needs `publish=True`.
            description: Up to 256 characters. Default: none.
            provisioned_concurrency: How many environments are kept ready, which costs by the
                hour. Default: none.

        Raises:
            ConfigurationError: for values of another form.

        https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html
        """
        from terratiers.serverless.alias import Alias

        return Alias(
            self,
            name,
            version=version,
            description=description,
            provisioned_concurrency=provisioned_concurrency,
        )

    def add_function_url(
        self,
        *,
        auth_type: str = "AWS_IAM",
        cors: FunctionUrlCors | None = None,
        invoke_mode: str = "BUFFERED",
    ) -> FunctionUrl:
        """An address of its own, `aws_lambda_function_url.<function>`.

        Args:
            auth_type: `AWS_IAM`, for signed requests of whom it is granted to, or `NONE`, for
                everybody, which has to be acknowledged (`public-function-url`). AWS then asks for
                a second permission, which the AWS provider 5 cannot make; that warns
                (`public-function-url-permission`, with what to run).
            cors: Which pages may call it. Default: none.
            invoke_mode: `BUFFERED` or `RESPONSE_STREAM`. Default: BUFFERED.

        Raises:
            ConfigurationError: for values of another form, and a second one.

        https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html
        """
        from terratiers.serverless.function_url import FunctionUrl

        return FunctionUrl(self, auth_type=auth_type, cors=cors, invoke_mode=invoke_mode)

    def add_event_source(
        self,
        source: QueueBase | StreamSource,
        events: QueueEvents | StreamEvents | None = None,
        *,
        id: str | None = None,
    ) -> LambdaEventSourceMapping:
        """Lets the function read a queue, or the stream of a table.

        Makes `aws_lambda_event_source_mapping.<function>_<id>`, once the role may read.

        Args:
            source: A `Queue`, or a `Table` with a stream.
            events: `QueueEvents(...)` or `StreamEvents(...)`. Default: theirs.
            id: Part of the Terraform name. Default: the source's path.

        Raises:
            ConfigurationError: for values that Lambda would refuse, a queue that hides its
                messages for less than the function's timeout, and an id that is taken.
        """
        from terratiers.serverless.function_event_source import add_event_source

        return add_event_source(self, source, events, id)

    def _allow_loop(self) -> LambdaFunctionRecursionConfig:
        from cdktf_cdktf_provider_aws.lambda_function_recursion_config import (
            LambdaFunctionRecursionConfig,
        )

        config = LambdaFunctionRecursionConfig(
            self, "recursion-config", function_name=self.function_name, recursive_loop="Allow"
        )
        pin_address(config, self)
        return config

    def _grant_role(self, tracing: bool, inside: bool, key: KeyBase | None) -> None:
        """What the function itself needs."""
        self._role.add_policy(
            grant_name(self, "logs"),
            PolicyStatement(
                actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                resources=[f"{self.log_group.arn}:*"],
            ),
        )
        if tracing:
            self._role.add_managed_policy(TRACING_POLICY)
        if inside:
            self._role.add_managed_policy(VPC_POLICY)
        if key:
            key.grant_decrypt(self)
