"""An address of its own for a function, without an API in front of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from terratiers.core.acknowledgements import is_acknowledged, warn
from terratiers.core.errors import Faults
from terratiers.core.names import pin_address
from terratiers.core.validation import (
    check_bool,
    check_choice,
    check_int,
    check_scope,
    check_sequence,
    check_string,
    show,
)
from terratiers.security.policy_statement import PolicyStatement
from terratiers.security.role import Grantee, check_grantee, grant_name

from cdktf_cdktf_provider_aws.lambda_function_url import (
    LambdaFunctionUrl,
    LambdaFunctionUrlCors,
)
from cdktf_cdktf_provider_aws.lambda_permission import LambdaPermission
from constructs import Construct

if TYPE_CHECKING:
    from terratiers.serverless.function import Function

__all__ = ["PUBLIC_URL", "PUBLIC_URL_PERMISSION", "FunctionUrl", "FunctionUrlCors"]

PUBLIC_URL = "public-function-url"
PUBLIC_URL_PERMISSION = "public-function-url-permission"
_METHODS = ("GET", "PUT", "HEAD", "POST", "PATCH", "DELETE", "*")
_ORIGIN = r"\*|https?://(\*|[A-Za-z0-9.*-]+)(:[0-9]{1,5})?"
_HEADER = r"\*|[!#$%&'*+.^_`|~0-9A-Za-z-]{1,1024}"


@dataclass(frozen=True, kw_only=True)
class FunctionUrlCors:
    """Which pages may call a function's URL from a browser.

    Args:
        allow_origins: `https://www.example.com`, ...; `*` for every page.
        allow_methods: `GET`, `POST`, ..., or `*`. Default: GET.
        allow_headers: Headers that a page may send. Default: none but the usual.
        expose_headers: Headers that a page may read. Default: none but the usual.
        allow_credentials: Whether cookies come along; not with the origin `*`. Default: no.
        max_age: Seconds for which a browser keeps the answer, 0 to 86400. Default: 0.
    """

    allow_origins: Sequence[str]
    allow_methods: Sequence[str] = ("GET",)
    allow_headers: Sequence[str] = ()
    expose_headers: Sequence[str] = ()
    allow_credentials: bool = False
    max_age: int = 0

    def check(self, faults: Faults) -> None:
        """Notes what Lambda would refuse."""
        origins = check_sequence(
            faults, "cors: allow_origins", self.allow_origins, '["https://..."]'
        )
        if origins == ():
            faults.add("cors: allow_origins is empty: name at least one.")
        for origin in origins or ():
            rule = "write https://<host>, without a path, or *."
            check_string(faults, "cors: allow_origins", origin, _ORIGIN, rule)
        methods = check_sequence(faults, "cors: allow_methods", self.allow_methods, '["GET"]')
        for method in methods or ():
            check_choice(faults, "cors: allow_methods", method, _METHODS)
        for name in ("allow_headers", "expose_headers"):
            values = check_sequence(faults, f"cors: {name}", getattr(self, name), '["etag"]')
            for value in values or ():
                check_string(faults, f"cors: {name}", value, _HEADER, "write a header's name.")
        shared = check_bool(faults, "cors: allow_credentials", self.allow_credentials)
        if shared and "*" in (origins or ()):
            faults.add("cors: allow_credentials does not go with the origin *: name the origins.")
        check_int(faults, "cors: max_age", self.max_age, 0, 86_400, "seconds (Lambda)")


class FunctionUrl(Construct):
    """`https://<id>.lambda-url.<region>.on.aws/`. Made by `Function.add_function_url`."""

    def __init__(
        self, function: Function, *, auth_type: str, cors: FunctionUrlCors | None, invoke_mode: str
    ) -> None:
        faults = check_scope(function, "url")
        check_choice(faults, "auth_type", auth_type, ("AWS_IAM", "NONE"))
        if auth_type == "NONE" and not is_acknowledged(function, PUBLIC_URL):
            faults.add(
                f"[{PUBLIC_URL}] with auth_type NONE everybody could invoke the function: use "
                f'AWS_IAM, or acknowledge(scope, "{PUBLIC_URL}", reason="...").'
            )
        check_choice(faults, "invoke_mode", invoke_mode, ("BUFFERED", "RESPONSE_STREAM"))
        if isinstance(cors, FunctionUrlCors):
            cors.check(faults)
        elif cors is not None:
            faults.add(
                f'cors is {show(cors)}: write FunctionUrlCors(allow_origins=["https://..."]).'
            )
        faults.raise_any()
        super().__init__(function, "url")
        self.function = function
        self.resource = LambdaFunctionUrl(
            self,
            "resource",
            function_name=function.function_name,
            authorization_type=auth_type,
            invoke_mode=invoke_mode,
            cors=LambdaFunctionUrlCors(
                allow_origins=sorted(cors.allow_origins),
                allow_methods=sorted(cors.allow_methods),
                allow_headers=sorted(cors.allow_headers) or None,
                expose_headers=sorted(cors.expose_headers) or None,
                allow_credentials=cors.allow_credentials,
                max_age=cors.max_age,
            )
            if cors
            else None,
        )
        pin_address(self.resource, function)
        if auth_type == "NONE":
            self._let_everybody_in()

    @property
    def url(self) -> str:
        """The address, with a slash at the end."""
        return self.resource.function_url

    def grant_invoke(self, grantee: Grantee) -> None:
        """Lets `grantee` call the URL, with signed requests, and not the function itself.

        Raises:
            ConfigurationError: when `grantee` has no role.
        """
        check_grantee(self, grantee)
        arn = self.function.function_arn
        grantee.role.add_policy(
            grant_name(self, "invoke"),
            PolicyStatement(actions=["lambda:InvokeFunctionUrl"], resources=[arn]),
            PolicyStatement(
                actions=["lambda:InvokeFunction"],
                resources=[arn],
                conditions={"Bool": {"lambda:InvokedViaFunctionUrl": "true"}},
            ),
        )

    def _let_everybody_in(self) -> None:
        """Opens the URL, and not the function's `Invoke`.

        Since October 2025 Lambda asks for `lambda:InvokeFunction` too. That has to be bound to
        the URL (`lambda:InvokedViaFunctionUrl`), which the AWS provider 5 cannot say; without it,
        every AWS account could invoke the function directly.

        https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
        """
        permission = LambdaPermission(
            self,
            "everybody",
            statement_id="url-everybody",
            action="lambda:InvokeFunctionUrl",
            function_name=self.function.function_name,
            principal="*",
            function_url_auth_type="NONE",
        )
        pin_address(permission, self, "everybody")
        warn(
            self,
            PUBLIC_URL_PERMISSION,
            "AWS answers 403 at this URL until the function's policy also allows "
            "lambda:InvokeFunction by way of the URL, which the AWS provider 5 cannot say: run "
            "aws lambda add-permission --function-name ... --statement-id url-invoke --action "
            'lambda:InvokeFunction --principal "*" --invoked-via-function-url.',
        )
