"""Rules of web ACLs: a statement, and what happens with the requests that it means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from terratiers.core.errors import Faults
from terratiers.core.tokens import is_token
from terratiers.core.validation import (
    check_bool,
    check_choice,
    check_int,
    check_sequence,
    check_string,
    show,
)
from terratiers.security.web_acl_action import ACTIONS, WebAclAction, check_action
from terratiers.security.web_acl_forwarded_ip import ForwardedIp
from terratiers.security.web_acl_ip_set import IpSetBase
from terratiers.security.web_acl_managed_group import check_group, check_overrides
from terratiers.security.web_acl_rate_limit import (
    RateLimitKey,
    check_rate_limit,
    rate_based_block,
)
from terratiers.security.web_acl_statement import WebAclStatement, check_statement
from terratiers.security.web_acl_statement_input import check_countries, check_label

from cdktf_cdktf_provider_aws.wafv2_web_acl import Wafv2WebAclRule

__all__ = ["WebAclRule"]

_WHERE = "web ACL rule"
_RATE_ACTIONS = ("block", "count", "captcha", "challenge")
# 10,000,000 is the rule that Shield Advanced adds
# https://docs.aws.amazon.com/waf/latest/developerguide/ddos-automatic-app-layer-response-rg.html
_LAST_PRIORITY = 9_999_999
_DEEPEST, _DEEPEST_SCOPE_DOWN = 3, 2
_MOST_LABELS = 100
_LONGEST_KEY = 128 - len("rule-")
_BOT_LEVELS = ("common", "targeted")
_BOT_CONTROL = "AWSManagedRulesBotControlRuleSet"


@dataclass(frozen=True, kw_only=True)
class WebAclRule:
    """A rule. Made by `managed`, `rate_limit`, `ip_set`, `geo` or `custom`, never by hand.

    Every rule has a name, unique in its ACL and the name of its metric, and a priority, the lowest
    of which is evaluated first. Priorities are given, not counted: with gaps between them, a rule
    more changes no other.

    https://docs.aws.amazon.com/waf/latest/developerguide/waf-rules.html
    """

    name: str
    priority: int
    statement: Mapping[str, Any]
    capacity: int
    action: WebAclAction | None = None
    count_only: bool = False
    labels: tuple[str, ...] = ()
    ip_sets: tuple[IpSetBase, ...] = ()

    @classmethod
    def managed(
        cls,
        group: str,
        *,
        priority: int,
        name: str | None = None,
        vendor: str = "AWS",
        version: str | None = None,
        rule_overrides: Mapping[str, str | WebAclAction] | None = None,
        count_only: bool = False,
        scope_down: WebAclStatement | None = None,
        capacity: int | None = None,
        bot_control: str | None = None,
    ) -> WebAclRule:
        """A rule group that AWS or a seller of the AWS Marketplace maintains.

        Args:
            group: `AWSManagedRulesCommonRuleSet`, ...
            priority: 0 to 9,999,999; lower ones come first.
            name: Default: the group's.
            vendor: Default: AWS.
            version: `Version_1.5`, to stay with one. Default: the vendor's default version.
            rule_overrides: Rules of the group that act otherwise: `{"SizeRestrictions_BODY":
                "count"}`. Names are checked where the catalog has them, unless `version` or
                `capacity` is given. Default: none.
            count_only: Count what the group would block, to try it out. Default: no.
            scope_down: Evaluate these requests only. Default: all.
            capacity: The group's WCU (`DescribeManagedRuleGroup` tells), for one that the catalog
                lacks. Default: the catalog's.
            bot_control: `common` or `targeted`, for Bot Control alone. Default: its common level.

        Raises:
            ConfigurationError: for an unknown group or rule, and values outside of these limits; so
                do the other makers.

        https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html
        """
        given = group if name is None else name
        faults = _check_common(given, priority)
        units = check_group(faults, group, vendor, capacity)
        if version is not None:
            rule = "write a version like Version_1.5."
            check_string(faults, "version", version, r"[\w#:./-]{1,64}", rule)
        exact = version is None and capacity is None and vendor == "AWS"
        overrides = check_overrides(faults, group, rule_overrides, exact)
        counts = check_bool(faults, "count_only", count_only)
        down = _check_scope_down(faults, scope_down)
        if bot_control is not None:
            check_choice(faults, "bot_control", bot_control, _BOT_LEVELS)
            if group != _BOT_CONTROL:
                faults.add(f"bot_control is for {_BOT_CONTROL}: leave it out.")
        faults.raise_any()
        block: dict[str, Any] = {"name": group, "vendor_name": vendor}
        if version is not None:
            block["version"] = version
        if overrides:
            block["rule_action_override"] = [
                # the body of a response would have to be kept by the group, not by this ACL
                {"name": rule, "action_to_use": action.to_block("")}
                for rule, action in overrides.items()
            ]
        if bot_control is not None:
            level = {"inspection_level": bot_control.upper()}
            block["managed_rule_group_configs"] = [
                {"aws_managed_rules_bot_control_rule_set": level}
            ]
        if down:
            block["scope_down_statement"] = down.to_block()
        return cls(
            name=given,
            priority=priority,
            statement={"managed_rule_group_statement": block},
            capacity=units + (down.capacity if down else 0),
            count_only=bool(counts),
            ip_sets=down.ip_sets if down else (),
        )

    @classmethod
    def rate_limit(
        cls,
        name: str,
        *,
        priority: int,
        limit: int,
        window: int = 300,
        by: str | ForwardedIp | Sequence[RateLimitKey] = "ip",
        scope_down: WebAclStatement | None = None,
        action: WebAclAction | str = "block",
    ) -> WebAclRule:
        """Acts on a client while it makes too many requests.

        Args:
            name: 1 to 128 letters, digits, - and _.
            priority: 0 to 9,999,999.
            limit: Requests in a window, 10 to 2,000,000,000.
            window: 60, 120, 300 or 600 seconds. Default: 300.
            by: What is one client: `ip`, a `ForwardedIp`, a list of one to five `RateLimitKey`, or
                `all-requests` for one limit over all that `scope_down` means. Default: ip.
            scope_down: Count these requests only. Default: all.
            action: `block`, `count`, `captcha` or `challenge`. Default: block.

        https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-type-rate-based.html
        """
        faults = _check_common(name, priority)
        check_rate_limit(faults, limit, window, by, scope_down)
        down = _check_scope_down(faults, scope_down)
        acts = check_action(faults, "action", action, _RATE_ACTIONS)
        _check_body_key(faults, name, acts)
        faults.raise_any()
        block, capacity = rate_based_block(limit, window, by, down)
        return cls(
            name=name,
            priority=priority,
            statement=block,
            capacity=capacity,
            action=acts,
            ip_sets=down.ip_sets if down else (),
        )

    @classmethod
    def ip_set(
        cls,
        name: str,
        *,
        priority: int,
        ip_set: IpSetBase,
        action: WebAclAction | str = "block",
        forwarded_ip: ForwardedIp | None = None,
    ) -> WebAclRule:
        """A list of addresses to block or, with `action="allow"`, to let pass at once.

        Args:
            name: 1 to 128 letters, digits, - and _.
            priority: 0 to 9,999,999.
            ip_set: An `IpSet`, made here or imported.
            action: Any. Default: block.
            forwarded_ip: Take the address from a header. Default: the connection's.
        """
        statement = WebAclStatement.ip_set(ip_set, forwarded_ip=forwarded_ip)
        return cls.custom(name, priority=priority, statement=statement, action=action)

    @classmethod
    def geo(
        cls,
        name: str,
        *,
        priority: int,
        block: Sequence[str] | None = None,
        allow_only: Sequence[str] | None = None,
        forwarded_ip: ForwardedIp | None = None,
        action: WebAclAction | str = "block",
    ) -> WebAclRule:
        """Blocks requests from some countries, or from all but some.

        Args:
            name: 1 to 128 letters, digits, - and _.
            priority: 0 to 9,999,999.
            block: Codes of ISO 3166, `["KP"]`; either this or `allow_only`.
            allow_only: The countries from which requests go on to the next rule.
            forwarded_ip: Take the address from a header. Default: the connection's.
            action: What happens with the others. Default: block.
        """
        faults = _check_common(name, priority)
        if (block is None) == (allow_only is None):
            faults.add("block and allow_only: give one of them.")
            faults.raise_any()
        argument = "block" if allow_only is None else "allow_only"
        chosen = block if allow_only is None else allow_only
        codes = check_sequence(faults, argument, chosen, '["DE", "KR"]')
        if codes is not None:
            check_countries(faults, argument, codes)
        faults.raise_any()
        statement = WebAclStatement.country(*(codes or ()), forwarded_ip=forwarded_ip)
        if allow_only is not None:
            statement = statement.negate()
        return cls.custom(name, priority=priority, statement=statement, action=action)

    @classmethod
    def custom(
        cls,
        name: str,
        *,
        priority: int,
        statement: WebAclStatement,
        action: WebAclAction | str = "block",
        labels: Sequence[str] = (),
    ) -> WebAclRule:
        """A rule of one's own.

        Args:
            name: 1 to 128 letters, digits, - and _.
            priority: 0 to 9,999,999.
            statement: Which requests: `WebAclStatement.path_starts_with("/admin")`, ...; up to
                three levels of `all_of`, `any_of` and `negate`.
            action: `allow`, `block`, `count`, `captcha` or `challenge`. Default: block.
            labels: What later rules see on these requests: a name, with up to five namespaces
                in front, `shop:office`; 1 to 128 letters, digits, _ and - each, and none of AWS's
                own words (`aws`, `awswaf`, `waf`, `managed`, ...). Default: none.
        """
        faults = _check_common(name, priority)
        known = check_statement(faults, "statement", statement, _DEEPEST)
        acts = check_action(faults, "action", action, ACTIONS)
        allows = acts is not None and acts.kind == "allow"
        if known:
            known.check_closed(faults, allows=allows)
        _check_body_key(faults, name, acts)
        given = check_sequence(faults, "labels", labels, '["office"]') or ()
        for label in given:
            check_label(faults, "labels:", label)
        if len(given) > _MOST_LABELS or (not faults and len(set(given)) < len(given)):
            faults.add(f"labels {show(given)}: write each once, {_MOST_LABELS} at most (AWS WAF).")
        faults.raise_any()
        assert known is not None
        return cls(
            name=name,
            priority=priority,
            statement=known.to_block(allows=allows),
            capacity=known.capacity,
            action=acts,
            labels=tuple(given),
            ip_sets=known.ip_sets,
        )

    @classmethod
    def defaults(cls, *, rate_limit: int = 2000) -> tuple[WebAclRule, ...]:
        """The rules of a `WebAcl` that is given none; 927 WCU.

        Args:
            rate_limit: Requests of one address in five minutes. Default: 2000.
        """
        return (
            cls.managed("AWSManagedRulesAmazonIpReputationList", priority=10),
            cls.rate_limit("rate-limit", priority=20, limit=rate_limit),
            cls.managed("AWSManagedRulesCommonRuleSet", priority=30),
            cls.managed("AWSManagedRulesKnownBadInputsRuleSet", priority=40),
        )

    @property
    def is_rate_based(self) -> bool:
        """AWS WAF allows ten of them in an ACL."""
        return "rate_based_statement" in self.statement

    @property
    def body_key(self) -> str:
        """The name under which the ACL keeps the body of its response."""
        return f"rule-{self.name}"

    def to_struct(self, sampled_requests: bool) -> Wafv2WebAclRule:
        """The rule as the provider takes it.

        The statement is plain data: the provider's bindings have no classes for it.
        """
        settings: dict[str, Any] = {}
        if self.action:
            settings["action"] = self.action.to_block(self.body_key)
        else:
            settings["override_action"] = {"count" if self.count_only else "none": {}}
        if self.labels:
            settings["rule_label"] = [{"name": label} for label in self.labels]
        return Wafv2WebAclRule(
            name=self.name,
            priority=self.priority,
            statement=dict(self.statement),
            visibility_config={
                "cloudwatch_metrics_enabled": True,
                "metric_name": self.name,
                "sampled_requests_enabled": sampled_requests,
            },
            **settings,
        )


def _check_common(name: object, priority: object) -> Faults:
    faults = Faults(None, f"{_WHERE} {show(name)}")
    rule = (
        "write 1 to 128 letters, digits, - and _; All, Default_Action and what begins with "
        "ShieldMitigationRuleGroup are AWS's own."
    )
    pattern = r"(?!(?:All|Default_Action)\Z)(?!ShieldMitigationRuleGroup)[A-Za-z0-9_-]{1,128}"
    check_string(faults, "name", name, pattern, rule, tokens=False)
    if is_token(priority):
        faults.add("priority is a token: it has to be known now, to be unique.")
    else:
        check_int(faults, "priority", priority, 0, _LAST_PRIORITY, "(a lower one comes first)")
    return faults


def _check_scope_down(faults: Faults, value: object) -> WebAclStatement | None:
    if value is None:
        return None
    known = check_statement(faults, "scope_down", value, _DEEPEST_SCOPE_DOWN)
    if known:
        known.check_closed(faults, allows=False)
    return known


def _check_body_key(faults: Faults, name: object, action: WebAclAction | None) -> None:
    """The ACL keeps the body as `rule-<name>`, and AWS WAF takes 128 characters for that."""
    if action and action.body is not None and isinstance(name, str) and len(name) > _LONGEST_KEY:
        faults.add(
            f"name has {len(name)} characters: a rule that answers with a body takes "
            f"{_LONGEST_KEY}, because the ACL keeps the body as rule-<name>."
        )
