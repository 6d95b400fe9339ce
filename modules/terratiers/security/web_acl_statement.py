"""Statements: which requests a rule of a web ACL is for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from terratiers.core.errors import Faults
from terratiers.core.tokens import is_token
from terratiers.core.validation import (
    check_choice,
    check_instance,
    check_int,
    check_options,
    check_string,
)
from terratiers.security.web_acl_forwarded_ip import ForwardedIp
from terratiers.security.web_acl_ip_set import IpSetBase
from terratiers.security.web_acl_request_part import RequestPart
from terratiers.security.web_acl_statement_input import (
    check_countries,
    check_path,
    check_text,
    check_transformations,
)

__all__ = ["WebAclStatement", "check_statement"]

# https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statements-match.html
_TEXT_CAPACITY = {
    "EXACTLY": 2, "STARTS_WITH": 2, "ENDS_WITH": 2, "CONTAINS": 10, "CONTAINS_WORD": 10,
}  # fmt: skip
_COMPARISONS = ("EQ", "NE", "LE", "LT", "GE", "GT")
_SENSITIVITY_CAPACITY = {"LOW": 20, "HIGH": 30}
_SANE_PATH = ("URL_DECODE", "NORMALIZE_PATH")
_WHERE = "web ACL statement"
_NOT = {"MATCH": "NO_MATCH", "NO_MATCH": "MATCH"}
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE")


@dataclass(frozen=True, kw_only=True)
class WebAclStatement:
    """Which requests are meant. Made by `path_starts_with`, `country`, ..., never by hand.

    Args:
        kind: The provider's name of it, without `_statement`.
        settings: What stands in the provider's block.
        capacity: Web ACL capacity units (WCU) that it takes.
        parts: The statements that `all_of`, `any_of` and `negate` are made of.
        ip_sets: The IP sets that it names.
        forwarded_ip: The header from which the address is taken.

    https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statements.html
    """

    kind: str
    capacity: int
    settings: Mapping[str, Any] = field(default_factory=dict)
    parts: tuple[WebAclStatement, ...] = ()
    ip_sets: tuple[IpSetBase, ...] = ()
    forwarded_ip: ForwardedIp | None = None

    @classmethod
    def path_starts_with(cls, prefix: str) -> WebAclStatement:
        """Paths that begin with `prefix`, after decoding (`%61`) and tidying up (`/./`, `//`).

        Raises:
            ConfigurationError: for malformed values; so do the other makers.
        """
        check_path(prefix)
        return cls.text(RequestPart.path(), "STARTS_WITH", prefix, transformations=_SANE_PATH)

    @classmethod
    def path_equals(cls, path: str) -> WebAclStatement:
        """This very path, after decoding and tidying up.

        Args:
            path: 1 to 200 characters.
        """
        check_path(path)
        return cls.text(RequestPart.path(), "EXACTLY", path, transformations=_SANE_PATH)

    @classmethod
    def path_matches(cls, pattern: str) -> WebAclStatement:
        """Paths that match a regular expression, after decoding and tidying up.

        Args:
            pattern: 1 to 200 characters.
        """
        return cls.regex(RequestPart.path(), pattern, transformations=_SANE_PATH)

    @classmethod
    def method_is(cls, method: str) -> WebAclStatement:
        """Requests with this HTTP method.

        Args:
            method: `GET`, `POST`, ...
        """
        faults = Faults(None, _WHERE)
        check_choice(faults, "method", method, _METHODS)
        faults.raise_any()
        return cls.text(RequestPart.method(), "EXACTLY", method)

    @classmethod
    def header_contains(cls, name: str, text: str) -> WebAclStatement:
        """Requests whose header `name` contains `text`, in upper or lower case."""
        known = isinstance(text, str) and not is_token(text)
        lower = text.lower() if known else text
        part = RequestPart.header(name)
        return cls.text(part, "CONTAINS", lower, transformations=["LOWERCASE"])

    @classmethod
    def header_equals(cls, name: str, text: str) -> WebAclStatement:
        """Requests whose header `name` is `text`, letter by letter."""
        return cls.text(RequestPart.header(name), "EXACTLY", text)

    @classmethod
    def text(
        cls,
        part: RequestPart,
        position: str,
        text: str,
        *,
        transformations: Sequence[str] = (),
    ) -> WebAclStatement:
        """Requests with `text` in a part of them. 2 or, for `CONTAINS`, 10 WCU.

        Args:
            part: Where to look.
            position: `EXACTLY`, `STARTS_WITH`, `ENDS_WITH`, `CONTAINS` or `CONTAINS_WORD`.
            text: 1 to 200 characters.
            transformations: Applied first, in this order, up to 10 of `TRANSFORMATIONS`, 10 WCU
                each. Default: none.
        """
        faults = Faults(None, _WHERE)
        check_choice(faults, "position", position, tuple(_TEXT_CAPACITY))
        check_text(faults, "text", text)
        base = _TEXT_CAPACITY.get(position, 0) if isinstance(position, str) else 0
        return cls._match(
            faults,
            "byte_match",
            base,
            part,
            transformations,
            positional_constraint=position,
            search_string=text,
        )

    @classmethod
    def regex(
        cls, part: RequestPart, pattern: str, *, transformations: Sequence[str] = ()
    ) -> WebAclStatement:
        """Requests of which a part matches a regular expression of 1 to 200 characters. 3 WCU.

        Args:
            part: Where to look.
            pattern: The expression.
            transformations: Applied first. Default: none.
        """
        faults = Faults(None, _WHERE)
        check_text(faults, "pattern", pattern)
        return cls._match(faults, "regex_match", 3, part, transformations, regex_string=pattern)

    @classmethod
    def size(
        cls,
        part: RequestPart,
        comparison: str,
        bytes: int,
        *,
        transformations: Sequence[str] = (),
    ) -> WebAclStatement:
        """Requests of which a part has so many bytes. 1 WCU.

        Args:
            part: What is measured.
            comparison: `GT`, `GE`, `EQ`, `NE`, `LE` or `LT`.
            bytes: 0 to 21,474,836,480.
            transformations: Applied first. Default: none.
        """
        faults = Faults(None, _WHERE)
        check_choice(faults, "comparison", comparison, _COMPARISONS)
        check_int(faults, "bytes", bytes, 0, 21_474_836_480, "bytes (AWS WAF)")
        return cls._match(
            faults,
            "size_constraint",
            1,
            part,
            transformations,
            comparison_operator=comparison,
            size=bytes,
        )

    @classmethod
    def sql_injection(
        cls,
        part: RequestPart,
        *,
        sensitivity: str = "LOW",
        transformations: Sequence[str] = ("URL_DECODE",),
    ) -> WebAclStatement:
        """Requests with SQL in a part of them. `LOW` (20 WCU) errs less often, `HIGH` (30 WCU)
        finds more.

        Args:
            part: Where to look.
            sensitivity: `LOW` or `HIGH`. Default: LOW.
            transformations: Applied first. Default: `URL_DECODE`.
        """
        faults = Faults(None, _WHERE)
        check_choice(faults, "sensitivity", sensitivity, tuple(_SENSITIVITY_CAPACITY))
        base = _SENSITIVITY_CAPACITY.get(sensitivity, 0) if isinstance(sensitivity, str) else 0
        return cls._match(
            faults, "sqli_match", base, part, transformations, sensitivity_level=sensitivity
        )

    @classmethod
    def cross_site_scripting(
        cls, part: RequestPart, *, transformations: Sequence[str] = ("URL_DECODE",)
    ) -> WebAclStatement:
        """Requests with a script in a part of them. 40 WCU.

        Args:
            part: Where to look.
            transformations: Applied first. Default: `URL_DECODE`.
        """
        return cls._match(Faults(None, _WHERE), "xss_match", 40, part, transformations)

    @classmethod
    def label(cls, label: str) -> WebAclStatement:
        """Requests that an earlier rule has labelled so:
        `awswaf:managed:aws:core-rule-set:SizeRestrictions_Body`; the label alone will do for one
        of the ACL's own rules. 1 WCU.

        Args:
            label: The label, in full or alone.
        """
        return cls._label("LABEL", label)

    @classmethod
    def label_namespace(cls, namespace: str) -> WebAclStatement:
        """Requests with a label of this namespace, which ends in a colon:
        `awswaf:managed:aws:core-rule-set:`. 1 WCU.

        Args:
            namespace: The namespace with its colon.
        """
        return cls._label("NAMESPACE", namespace)

    @classmethod
    def country(cls, *codes: str, forwarded_ip: ForwardedIp | None = None) -> WebAclStatement:
        """Requests from these countries, by their two letters (ISO 3166). 1 WCU.

        Args:
            codes: `"DE"`, `"KR"`, ...
            forwarded_ip: Take the address from a header. Default: the connection's.
        """
        faults = Faults(None, _WHERE)
        check_countries(faults, "country", codes)
        check_options(faults, "forwarded_ip", forwarded_ip, ForwardedIp, "ForwardedIp()")
        faults.raise_any()
        settings = {"country_codes": list(codes)}
        return cls(kind="geo_match", capacity=1, settings=settings, forwarded_ip=forwarded_ip)

    @classmethod
    def ip_set(
        cls, ip_set: IpSetBase, *, forwarded_ip: ForwardedIp | None = None
    ) -> WebAclStatement:
        """Requests from the addresses of a set. 1 WCU, 5 for any address of a header.

        Args:
            ip_set: An `IpSet`, made here or imported, of the ACL's `acl_scope`.
            forwarded_ip: Take the address from a header. Default: the connection's.
        """
        faults = Faults(None, _WHERE)
        example = 'IpSet(self, "office", addresses=["203.0.113.0/24"])'
        check_instance(faults, "ip_set", ip_set, IpSetBase, example)
        check_options(faults, "forwarded_ip", forwarded_ip, ForwardedIp, "ForwardedIp()")
        faults.raise_any()
        anywhere = forwarded_ip is not None and forwarded_ip.position == "ANY"
        return cls(
            kind="ip_set_reference",
            capacity=5 if anywhere else 1,
            settings={"arn": ip_set.ip_set_arn},
            ip_sets=(ip_set,),
            forwarded_ip=forwarded_ip,
        )

    @classmethod
    def all_of(cls, *statements: WebAclStatement) -> WebAclStatement:
        """Requests that all of two or more statements mean.

        Args:
            statements: Two or more.
        """
        return cls._composed("and", statements)

    @classmethod
    def any_of(cls, *statements: WebAclStatement) -> WebAclStatement:
        """Requests that one of two or more statements means.

        Args:
            statements: Two or more.
        """
        return cls._composed("or", statements)

    def negate(self) -> WebAclStatement:
        """Requests that this statement does not mean."""
        return WebAclStatement(
            kind="not", capacity=self.capacity, parts=(self,), ip_sets=self.ip_sets
        )

    @property
    def depth(self) -> int:
        """How many levels of `all_of`, `any_of` and `negate` it has."""
        return 1 + max(part.depth for part in self.parts) if self.parts else 0

    def check_closed(self, faults: Faults, *, allows: bool) -> None:
        """Notes a `ForwardedIp` that lets requests pass whose header has no valid address."""
        self._check_closed(faults, _NOT["MATCH"] if allows else "MATCH", allows)

    def to_block(self, *, allows: bool = False) -> dict[str, Any]:
        """The statement as the provider takes it, in a rule that allows or in another."""
        return self._block(_NOT["MATCH"] if allows else "MATCH")

    def _check_closed(self, faults: Faults, safe: str, allows: bool) -> None:
        if self.forwarded_ip:
            self.forwarded_ip.check_closed(faults, safe, allows=allows)
        for part in self.parts:
            part._check_closed(faults, _NOT[safe] if self.kind == "not" else safe, allows)

    def _block(self, safe: str) -> dict[str, Any]:
        """`safe` is what counts for requests without an address that they should have."""
        inner = dict(self.settings)
        if self.parts:
            below = _NOT[safe] if self.kind == "not" else safe
            inner = {"statement": [part._block(below) for part in self.parts]}
        elif self.forwarded_ip and self.ip_sets:
            inner["ip_set_forwarded_ip_config"] = self.forwarded_ip.to_ip_set_block(safe)
        elif self.forwarded_ip:
            inner["forwarded_ip_config"] = self.forwarded_ip.to_block(safe)
        return {f"{self.kind}_statement": inner}

    @classmethod
    def _match(
        cls,
        faults: Faults,
        kind: str,
        base: int,
        part: object,
        transformations: object,
        **settings: Any,
    ) -> WebAclStatement:
        known = check_instance(faults, "part", part, RequestPart, "RequestPart.path()")
        names = check_transformations(faults, transformations)
        faults.raise_any()
        assert known is not None
        return cls(
            kind=kind,
            capacity=base * known.capacity_factor + known.extra_capacity + 10 * len(names),
            settings={
                **settings,
                "field_to_match": dict(known.block),
                "text_transformation": [
                    {"priority": place, "type": name}
                    for place, name in enumerate(names or ("NONE",))
                ],
            },
        )

    @classmethod
    def _label(cls, scope: str, key: object) -> WebAclStatement:
        faults = Faults(None, _WHERE)
        end = ":" if scope == "NAMESPACE" else r"(?<!:)"
        rule = "write letters, digits, _ - and :, " + (
            "a colon last." if scope == "NAMESPACE" else "no colon last."
        )
        pattern = rf"[0-9A-Za-z_:-]{{1,1023}}{end}"
        check_string(faults, scope.lower(), key, pattern, rule, tokens=False)
        faults.raise_any()
        return cls(kind="label_match", capacity=1, settings={"scope": scope, "key": key})

    @classmethod
    def _composed(cls, kind: str, statements: tuple[WebAclStatement, ...]) -> WebAclStatement:
        faults = Faults(None, _WHERE)
        for statement in statements:
            check_statement(faults, "statement", statement)
        if len(statements) < 2:
            faults.add(f"{len(statements)} statements: all_of and any_of join two or more.")
        faults.raise_any()
        return cls(
            kind=kind,
            capacity=sum(statement.capacity for statement in statements),
            parts=tuple(statements),
            ip_sets=tuple(ip_set for statement in statements for ip_set in statement.ip_sets),
        )


def check_statement(
    faults: Faults, name: str, value: object, deepest: int | None = None
) -> WebAclStatement | None:
    """A statement, nested no deeper than the provider can write it."""
    example = 'WebAclStatement.path_starts_with("/admin")'
    known = check_instance(faults, name, value, WebAclStatement, example)
    if known and deepest is not None and known.depth > deepest:
        faults.add(
            f"{name} nests all_of, any_of and negate {known.depth} levels deep: the provider "
            f"writes {deepest} here; split it over two rules with a label."
        )
    return known
