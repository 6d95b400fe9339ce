"""A name of its own for an API: `api.example.com` in place of API Gateway's."""

from __future__ import annotations

from dataclasses import dataclass

from terratiers.core.errors import Faults
from terratiers.core.names import construct_name, pin_address
from terratiers.core.validation import check_arn, check_string

from cdktf import ITerraformDependable
from constructs import Construct

__all__ = ["ApiDomain", "MappedDomain"]

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_TLS = "TLS_1_2"


@dataclass(frozen=True, kw_only=True)
class ApiDomain:
    """A domain name for an API, with TLS 1.2 or newer. API Gateway's own name is turned off.

    Args:
        domain_name: `api.example.com`, in lower case, up to 253 characters.
        certificate_arn: A certificate of ACM for that name, in the API's region.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-custom-domains.html
    """

    domain_name: str
    certificate_arn: str

    def check(self, faults: Faults) -> None:
        """Notes what API Gateway would refuse."""
        rule = "write a name like api.example.com, in lower case."
        pattern = rf"(?=.{{1,253}}\Z)({_LABEL}\.)+{_LABEL}"
        check_string(faults, "domain: domain_name", self.domain_name, pattern, rule)
        name = "domain: certificate_arn"
        check_arn(faults, name, self.certificate_arn, "acm", r"certificate/[0-9a-f-]{36}")

    def map_http_api(self, api: Construct, api_id: str, stage: str) -> MappedDomain:
        """The name, and its way to an HTTP API's stage."""
        from cdktf_cdktf_provider_aws.apigatewayv2_api_mapping import Apigatewayv2ApiMapping
        from cdktf_cdktf_provider_aws.apigatewayv2_domain_name import (
            Apigatewayv2DomainName,
            Apigatewayv2DomainNameDomainNameConfiguration,
        )

        name = Apigatewayv2DomainName(
            api,
            "domain",
            domain_name=self.domain_name,
            domain_name_configuration=Apigatewayv2DomainNameDomainNameConfiguration(
                certificate_arn=self.certificate_arn,
                endpoint_type="REGIONAL",
                security_policy=_TLS,
            ),
            tags={"Name": construct_name(api)},
        )
        pin_address(name, api)
        mapping = Apigatewayv2ApiMapping(
            api, "domain-mapping", api_id=api_id, domain_name=name.id, stage=stage
        )
        pin_address(mapping, api)
        made = name.domain_name_configuration
        return MappedDomain(self.domain_name, made.target_domain_name, made.hosted_zone_id, mapping)

    def map_rest_api(self, api: Construct, api_id: str, stage: str) -> MappedDomain:
        """The name, and its way to a REST API's stage."""
        from cdktf_cdktf_provider_aws.api_gateway_base_path_mapping import ApiGatewayBasePathMapping
        from cdktf_cdktf_provider_aws.api_gateway_domain_name import (
            ApiGatewayDomainName,
            ApiGatewayDomainNameEndpointConfiguration,
        )

        name = ApiGatewayDomainName(
            api,
            "domain",
            domain_name=self.domain_name,
            regional_certificate_arn=self.certificate_arn,
            security_policy=_TLS,
            endpoint_configuration=ApiGatewayDomainNameEndpointConfiguration(types=["REGIONAL"]),
            tags={"Name": construct_name(api)},
        )
        pin_address(name, api)
        mapping = ApiGatewayBasePathMapping(
            api,
            "domain-mapping",
            api_id=api_id,
            stage_name=stage,
            domain_name=name.domain_name,
        )
        pin_address(mapping, api)
        return MappedDomain(
            self.domain_name, name.regional_domain_name, name.regional_zone_id, mapping
        )


@dataclass(frozen=True)
class MappedDomain:
    """An API's own name; a target for an `AliasRecord`.

    Args:
        domain_name: The name.
        dns_name: What the alias record points to.
        zone_id: The hosted zone of `dns_name`.
        mapping: The resource that leads the name to the API.
    """

    domain_name: str
    dns_name: str
    zone_id: str
    mapping: ITerraformDependable
