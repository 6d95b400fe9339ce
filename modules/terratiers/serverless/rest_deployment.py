"""The deployment of a REST API: a new one whenever the API changes, and only then."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from terratiers.core.names import dependency, pin_address

from cdktf import Fn, TerraformResource, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.api_gateway_deployment import ApiGatewayDeployment
from constructs import Construct

__all__ = ["RestDeployment"]


class RestDeployment:
    """A stage shows what was deployed, not what the API has become since.

    What triggers a new one is a hash of what was configured, and the functions that are called.
    Attributes that API Gateway adds stay out of it: they change by themselves and would deploy
    again each time.
    """

    def __init__(self, api: Construct, rest_api_id: str) -> None:
        self._configured: dict[str, Any] = {}
        self._functions: dict[str, str] = {}
        self._elements: list[TerraformResource] = []
        self.resource = ApiGatewayDeployment(
            api,
            "deployment",
            rest_api_id=rest_api_id,
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )
        pin_address(self.resource, api)

    def add(
        self,
        name: str,
        configured: Any,
        elements: Sequence[TerraformResource],
        functions: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Deploys after `elements`, and again when `configured` or the ARN of a function changes.

        `configured` holds literals only: the text of a token differs from run to run. `functions`
        maps paths of functions to the ARNs by which they are called.
        """
        self._configured[name] = configured
        self._functions.update(functions)
        self._elements += elements
        text = json.dumps(self._configured, sort_keys=True)
        triggers = {"configuration": hashlib.sha256(text.encode()).hexdigest()}
        if self._functions:
            arns = [self._functions[path] for path in sorted(self._functions)]
            triggers["functions"] = Fn.sha1(Fn.join(" ", arns))
        self.resource.triggers = triggers
        self.resource.depends_on = [dependency(element) for element in self._elements]
