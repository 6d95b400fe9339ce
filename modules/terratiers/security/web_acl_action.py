"""What a web ACL does with a request: let it pass, refuse it, count it, or have it prove itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from terratiers.core.errors import Faults
from terratiers.core.validation import check_choice, check_mapping, check_string, show

__all__ = ["ACTIONS", "WebAclAction", "check_action"]

ACTIONS = ("allow", "block", "count", "captcha", "challenge")
# https://docs.aws.amazon.com/waf/latest/developerguide/customizing-the-response-status-codes.html
_STATUS_CODES = (
    200, 201, 202, 204, 206, 300, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 405, 408, 409,
    411, 412, 413, 414, 415, 416, 421, 429, 500, 501, 502, 503, 504, 505,
)  # fmt: skip
_CONTENT_TYPES = {
    "text/plain": "TEXT_PLAIN",
    "text/html": "TEXT_HTML",
    "application/json": "APPLICATION_JSON",
}
# https://docs.aws.amazon.com/waf/latest/developerguide/limits.html
_HEADERS, _BODY_BYTES = 10, 4096
_WHERE = "web ACL action"


@dataclass(frozen=True, kw_only=True)
class WebAclAction:
    """What happens with a request. Made by `allow`, `block`, ..., never by hand.

    Wherever an action is asked for, its bare word will do: `"count"` is `WebAclAction.count()`.

    https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-action.html
    """

    kind: str
    headers: tuple[tuple[str, str], ...] = ()
    status_code: int | None = None
    body: str | None = None
    content_type: str = "text/plain"

    @classmethod
    def allow(cls, *, insert_headers: Mapping[str, str] | None = None) -> WebAclAction:
        """Lets the request pass; no later rule sees it.

        Args:
            insert_headers: Up to 10 headers that the protected resource receives besides; AWS puts
                `x-amzn-waf-` in front of their names.

        Raises:
            ConfigurationError: for malformed headers; so do the other makers.
        """
        return cls._passing("allow", insert_headers)

    @classmethod
    def count(cls, *, insert_headers: Mapping[str, str] | None = None) -> WebAclAction:
        """Counts the request and goes on with the next rule. `insert_headers`: as in `allow`."""
        return cls._passing("count", insert_headers)

    @classmethod
    def captcha(cls, *, insert_headers: Mapping[str, str] | None = None) -> WebAclAction:
        """Has a person solve a puzzle, for a fee. `insert_headers`: as in `allow`."""
        return cls._passing("captcha", insert_headers)

    @classmethod
    def challenge(cls, *, insert_headers: Mapping[str, str] | None = None) -> WebAclAction:
        """Has the browser prove silently that it is one, for a fee. `insert_headers`: as in
        `allow`."""
        return cls._passing("challenge", insert_headers)

    @classmethod
    def block(
        cls,
        *,
        status_code: int | None = None,
        body: str | None = None,
        content_type: str = "text/plain",
        headers: Mapping[str, str] | None = None,
    ) -> WebAclAction:
        """Refuses the request.

        Args:
            status_code: One that AWS WAF can answer with: 403, 404, 429, 302, ... Default: 403.
            body: What the client reads, 1 to 4096 bytes. Default: nothing.
            content_type: `text/plain`, `text/html` or `application/json`. Default: text/plain.
            headers: Up to 10 response headers, other than Content-Type.

        https://docs.aws.amazon.com/waf/latest/developerguide/customizing-the-response-for-blocked-requests.html
        """
        faults = Faults(None, _WHERE)
        if status_code is not None:
            check_choice(faults, "status_code", status_code, _STATUS_CODES, "AWS WAF sends these.")
        if body is not None:
            rule = "write 1 to 4096 bytes of text."
            text = check_string(faults, "body", body, r"(?s).+", rule)
            if text and len(text.encode()) > _BODY_BYTES:
                faults.add(
                    f"body has {len(text.encode())} bytes: AWS WAF sends {_BODY_BYTES} at most."
                )
        check_choice(faults, "content_type", content_type, tuple(_CONTENT_TYPES))
        pairs = _check_headers(faults, "headers", headers)
        if any(name.lower() == "content-type" for name, _ in pairs):
            faults.add("headers: Content-Type follows from content_type: take it out.")
        faults.raise_any()
        custom = bool(status_code or body or pairs)
        return cls(
            kind="block",
            headers=pairs,
            status_code=(status_code or 403) if custom else None,
            body=body,
            content_type=content_type,
        )

    @classmethod
    def _passing(cls, kind: str, insert_headers: Mapping[str, str] | None) -> WebAclAction:
        faults = Faults(None, _WHERE)
        pairs = _check_headers(faults, "insert_headers", insert_headers)
        faults.raise_any()
        return cls(kind=kind, headers=pairs)

    def to_block(self, body_key: str) -> dict[str, Any]:
        """The action as the provider's blocks; `body_key` names the body that the ACL keeps."""
        headers = [{"name": name, "value": value} for name, value in self.headers]
        if self.kind != "block":
            handling = {"custom_request_handling": {"insert_header": headers}} if headers else {}
            return {self.kind: handling}
        if self.status_code is None:
            return {"block": {}}
        response: dict[str, Any] = {"response_code": self.status_code}
        if self.body is not None:
            response["custom_response_body_key"] = body_key
        if headers:
            response["response_header"] = headers
        return {"block": {"custom_response": response}}

    @property
    def body_type(self) -> str:
        """The content type as AWS WAF calls it."""
        return _CONTENT_TYPES[self.content_type]


def check_action(
    faults: Faults, name: str, value: object, choices: tuple[str, ...]
) -> WebAclAction | None:
    """An action, or its bare word, of one of the kinds in `choices`."""
    kind = value.kind if isinstance(value, WebAclAction) else value
    if not isinstance(kind, str) or kind not in ACTIONS:
        words = ", ".join(choices)
        faults.add(
            f"{name} is {show(kind)} ({type(value).__name__}): write one of {words}, or "
            f"WebAclAction.{choices[-1]}(...)."
        )
        return None
    if kind not in choices:
        faults.add(f"{name} is {kind}: AWS WAF takes {', '.join(choices)} here.")
        return None
    return value if isinstance(value, WebAclAction) else WebAclAction(kind=kind)


def _check_headers(faults: Faults, name: str, value: object) -> tuple[tuple[str, str], ...]:
    if value is None:
        return ()
    given = check_mapping(faults, name, value, '{"x-reason": "blocked"}')
    if given is None:
        return ()
    if len(given) > _HEADERS:
        faults.add(f"{name} holds {len(given)} headers: AWS WAF takes {_HEADERS} in an action.")
    for header, text in given.items():
        rule = "write 1 to 64 letters, digits and . _ $ -."
        check_string(faults, f"{name}: name", header, r"[A-Za-z0-9._$-]{1,64}", rule, tokens=False)
        rule = "write 1 to 255 characters on one line."
        check_string(faults, f"{name}: {show(header)}", text, r".{1,255}", rule)
    return tuple(given.items())
