"""The role through which API Gateway writes logs: one for an account and region."""

from __future__ import annotations

from terratiers.core.names import pin_address
from terratiers.core.validation import check_scope
from terratiers.security.principal import Principal
from terratiers.security.role import Role

from cdktf_cdktf_provider_aws.api_gateway_account import (
    ApiGatewayAccount as ApiGatewayAccountResource,
)
from constructs import Construct

__all__ = ["ApiGatewayAccount"]

_POLICY = "service-role/AmazonAPIGatewayPushToCloudWatchLogs"


class ApiGatewayAccount(Construct):
    """API Gateway's setting of an account and region: the role that writes REST APIs' logs.

    There is one for all APIs of the account in a region. Make it once, and in an account where
    somebody made it already, not at all. When it is destroyed, the setting stays what it is.

    Args:
        scope: The tier, stack or construct.
        id: Part of the Terraform names: `aws_api_gateway_account.<id>`, `aws_iam_role.<id>_role`.

    Raises:
        ConfigurationError: for an id that is taken.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
    """

    def __init__(self, scope: Construct, id: str) -> None:
        check_scope(scope, id)
        super().__init__(scope, id)
        self.role = Role(
            self,
            "role",
            assumed_by=Principal.service("apigateway"),
            description="Lets API Gateway write logs",
            managed_policies=[_POLICY],
        )
        self.resource = ApiGatewayAccountResource(
            self,
            "resource",
            cloudwatch_role_arn=self.role.role_arn,
            depends_on=[*self.role.attachments.values()],
        )
        pin_address(self.resource, self)
