"""What becomes of events that a function handled, or could not handle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from terratiers.core.errors import Faults
from terratiers.core.names import pin_address
from terratiers.core.same_stack import check_same_stack
from terratiers.core.validation import check_string, show
from terratiers.messaging.queue_base import QueueBase
from terratiers.messaging.topic_base import TopicBase
from terratiers.security.policy_statement import PolicyStatement
from terratiers.security.role import RoleBase
from terratiers.serverless.function_base import FUNCTION_NAME, FunctionBase

from cdktf import TerraformResource
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from cdktf_cdktf_provider_aws.iam_role_policy_attachment import IamRolePolicyAttachment
from constructs import Construct

if TYPE_CHECKING:
    from cdktf_cdktf_provider_aws.lambda_function_event_invoke_config import (
        LambdaFunctionEventInvokeConfig,
    )

__all__ = [
    "Destination",
    "EventSettings",
    "check_destination",
    "destination_arn",
    "grant_destination",
    "role_policies",
]

Destination: TypeAlias = "QueueBase | TopicBase | FunctionBase | str"

_ACTIONS = {"sqs": "sqs:SendMessage", "sns": "sns:Publish", "lambda": "lambda:InvokeFunction"}
_ARN = {
    "sqs": r"arn:aws[a-z-]*:sqs:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,80}",
    "sns": r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}",
    "lambda": rf"arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{{12}}:function:{FUNCTION_NAME}(:[\w$-]+)?",
}
_WORDS = {"sqs": "a Queue", "sns": "a Topic", "lambda": "a Function"}


def check_destination(
    faults: Faults,
    name: str,
    value: object,
    scope: Construct,
    services: tuple[str, ...] = ("sqs", "sns", "lambda"),
) -> None:
    """Notes what Lambda would not send to.

    FIFO queues and topics are not among it.
    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """
    service = _service(value)
    if service is not None and service in services and isinstance(value, Construct):
        check_same_stack(faults, name, value, scope)
        if isinstance(value, (QueueBase, TopicBase)) and value.attributes.fifo:
            faults.add(f"{name}: {value.node.path} is FIFO, which Lambda does not send to.")
        return
    choices = ", ".join(_WORDS[choice] for choice in services)
    if isinstance(value, str) and "${" not in value:
        pattern = "|".join(_ARN[choice] for choice in services)
        check_string(faults, name, value, pattern, f"pass {choices}, or the ARN of one.")
    else:
        faults.add(f"{name} is {show(value)} ({type(value).__name__}): pass {choices}, or an ARN.")


def destination_arn(value: Destination) -> str:
    """The ARN of a checked destination."""
    if isinstance(value, QueueBase):
        return value.queue_arn
    if isinstance(value, TopicBase):
        return value.topic_arn
    return value.function_arn if isinstance(value, FunctionBase) else value


def grant_destination(value: Destination, grantee: RoleBase, name: str) -> None:
    """Lets a role send to a checked destination; `name` is that of the policy for a bare ARN."""
    if isinstance(value, QueueBase):
        value.grant_send_messages(grantee)
    elif isinstance(value, TopicBase):
        value.grant_publish(grantee)
    elif isinstance(value, FunctionBase):
        value.grant_invoke(grantee)
    else:
        action = _ACTIONS[value.split(":")[2]]
        grantee.add_policy(name, PolicyStatement(actions=[action], resources=[value]))


def role_policies(role: RoleBase) -> list[TerraformResource]:
    """What a role may do so far: Lambda tries it when a function or a mapping is made."""
    kinds = (IamRolePolicy, IamRolePolicyAttachment)
    return [child for child in role.node.children if isinstance(child, kinds)]


@dataclass(frozen=True, kw_only=True)
class EventSettings:
    """What Lambda does with events that nobody waits for.

    Args:
        on_success: Where it tells of those that were handled. Default: nowhere.
        on_failure: Where it tells of those that failed to the last. Default: nowhere.
        retry_attempts: How often it tries again. Default: 2.
        max_event_age: Seconds after which it gives up. Default: 21600.
    """

    on_success: Destination | None = None
    on_failure: Destination | None = None
    retry_attempts: int | None = None
    max_event_age: int | None = None

    def configure(
        self, owner: Construct, function: FunctionBase, qualifier: str | None = None
    ) -> LambdaFunctionEventInvokeConfig | None:
        """`aws_lambda_function_event_invoke_config.<owner>`, if anything of it was asked for.

        It holds for what is invoked by that name: an alias, which is the `qualifier`, does not
        take the function's over.
        """
        if self == EventSettings():
            return None
        from cdktf_cdktf_provider_aws.lambda_function_event_invoke_config import (
            LambdaFunctionEventInvokeConfig,
            LambdaFunctionEventInvokeConfigDestinationConfig,
            LambdaFunctionEventInvokeConfigDestinationConfigOnFailure,
            LambdaFunctionEventInvokeConfigDestinationConfigOnSuccess,
        )

        success = LambdaFunctionEventInvokeConfigDestinationConfigOnSuccess
        failure = LambdaFunctionEventInvokeConfigDestinationConfigOnFailure
        on_success, on_failure = self.on_success, self.on_failure
        config = LambdaFunctionEventInvokeConfig(
            owner,
            "event-invoke-config",
            function_name=function.function_name,
            qualifier=qualifier,
            maximum_retry_attempts=2 if self.retry_attempts is None else self.retry_attempts,
            maximum_event_age_in_seconds=21_600
            if self.max_event_age is None
            else self.max_event_age,
            destination_config=LambdaFunctionEventInvokeConfigDestinationConfig(
                on_success=success(destination=destination_arn(on_success)) if on_success else None,
                on_failure=failure(destination=destination_arn(on_failure)) if on_failure else None,
            )
            if on_success or on_failure
            else None,
            depends_on=role_policies(function.role),
        )
        pin_address(config, owner)
        return config


def _service(value: object) -> str | None:
    for kind, service in ((QueueBase, "sqs"), (TopicBase, "sns"), (FunctionBase, "lambda")):
        if isinstance(value, kind):
            return service
    return None
