"""Web ACLs (AWS WAF): which web requests pass, which are refused, which are counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from terratiers.core.acknowledgements import warn
from terratiers.core.all_or_nothing import all_or_nothing
from terratiers.core.contract import fact, output
from terratiers.core.errors import Faults
from terratiers.core.names import construct_name, pin_address
from terratiers.core.same_stack import check_same_stack
from terratiers.core.shared_construct import SharedConstruct
from terratiers.core.validation import (
    check_arn,
    check_bool,
    check_instance,
    check_options,
    check_scope,
    check_sequence,
    check_string,
    check_tags,
)
from terratiers.security.web_acl_action import WebAclAction, check_action
from terratiers.security.web_acl_association import Protected, add_association, check_protected
from terratiers.security.web_acl_ip_set import check_acl_scope
from terratiers.security.web_acl_logging import (
    DEFAULT_LOGGING,
    WebAclLogging,
    add_web_acl_logging,
    check_log_stack,
)
from terratiers.security.web_acl_rule import WebAclRule

from cdktf_cdktf_provider_aws.wafv2_web_acl import Wafv2WebAcl, Wafv2WebAclCustomResponseBody
from cdktf_cdktf_provider_aws.wafv2_web_acl_association import Wafv2WebAclAssociation
from cdktf_cdktf_provider_aws.wafv2_web_acl_logging_configuration import (
    Wafv2WebAclLoggingConfiguration,
)
from constructs import Construct

__all__ = ["ImportedWebAcl", "WebAcl", "WebAclAttributes", "WebAclBase"]

# https://docs.aws.amazon.com/waf/latest/developerguide/aws-waf-capacity-units.html
_MOST_CAPACITY, _PRICED_CAPACITY = 5_000, 1_500
# https://docs.aws.amazon.com/waf/latest/developerguide/limits.html
_MOST_RATE_LIMITS, _MOST_IP_SETS, _MOST_BODIES, _BODY_BYTES = 10, 50, 50, 51_200
_DEFAULT_BODY = "default"
_EXAMPLE = 'WebAclRule.managed("AWSManagedRulesCommonRuleSet", priority=30)'


@dataclass(frozen=True, kw_only=True)
class WebAclAttributes:
    """The contract of a `WebAcl`.

    Args:
        acl_scope: `REGIONAL`, or `CLOUDFRONT` for distributions.
        web_acl_arn: Its ARN.
    """

    acl_scope: str = fact(default="REGIONAL")
    web_acl_arn: str = output("ARN of the web ACL")


class WebAclBase(SharedConstruct[WebAclAttributes]):
    """What an ACL made here and an imported one have in common."""

    Attributes = WebAclAttributes

    @property
    def web_acl_arn(self) -> str:
        return self.attributes.web_acl_arn

    def associate(self, id: str, resource: Protected) -> Wafv2WebAclAssociation:
        """Protects a resource: `aws_wafv2_web_acl_association.<acl>_<id>`.

        The association stands in the stack of this object: the tier of a load balancer writes
        `self.use(security.web_acl).associate("alb", alb)`.

        Args:
            id: Part of the Terraform name.
            resource: An `ApplicationLoadBalancer`, a `RestApi`, or an ARN: of those, an AppSync
                API, a Cognito user pool, an App Runner service or a Verified Access instance. Each
                has one ACL.

        Raises:
            ConfigurationError: for what AWS WAF does not take, such as a network load balancer or
                an HTTP API, for a resource that has an ACL already, and for an ACL of scope
                CLOUDFRONT, whose ARN goes into the distribution's `web_acl_id`.

        https://docs.aws.amazon.com/waf/latest/developerguide/web-acl-associating-aws-resource.html
        """
        faults = check_scope(self, id)
        if self.attributes.acl_scope == "CLOUDFRONT":
            faults.add(
                f"{self.node.path} is for CLOUDFRONT, which is not associated: give web_acl_arn to "
                "the distribution's web_acl_id; other resources need an ACL of scope REGIONAL."
            )
        arn = check_protected(faults, self, resource)
        faults.raise_any()
        return add_association(self, id, self.web_acl_arn, str(arn))


class ImportedWebAcl(WebAclBase):
    """An ACL that is not made here. Use `WebAcl.from_attributes`."""

    def __init__(self, scope: Construct, id: str, attributes: WebAclAttributes) -> None:
        faults = check_scope(scope, id)
        example = 'WebAclAttributes(web_acl_arn="arn:aws:wafv2:...:regional/webacl/...")'
        given = check_instance(faults, "attributes", attributes, WebAclAttributes, example)
        if given:
            check_acl_scope(faults, given.acl_scope)
            place = "global" if given.acl_scope == "CLOUDFRONT" else "regional"
            check_arn(faults, "web_acl_arn", given.web_acl_arn, "wafv2", rf"{place}/webacl/[\w/-]+")
        faults.raise_any()
        super().__init__(scope, id)
        self._attributes = attributes


class WebAcl(WebAclBase):
    """A web ACL with AWS's own rules, a rate limit and logs, unless others are given.

    Args:
        scope: The tier, stack or construct.
        id: Part of the Terraform name: `aws_wafv2_web_acl.<id>`.
        acl_scope: `REGIONAL`, for load balancers, REST APIs, ...; or `CLOUDFRONT`, for
            distributions, in us-east-1 only. Default: REGIONAL.
        default_action: What happens with a request that no rule decides on: `allow`, `block`, or a
            `WebAclAction` of these. Default: allow.
        rules: Each with a name and a priority of its own. Default: `WebAclRule.defaults()`: AWS's
            list of hostile addresses, 2000 requests of an address in five minutes, the common rule
            set and known bad inputs.
        logging: Where requests are logged, or None for nowhere. Default: a log group of
            CloudWatch Logs, kept for 365 days, without credentials.
        sampled_requests: Whether the console shows samples of the last three hours, with their
            headers. Default: yes.
        description: 3 to 256 characters. Default: none.
        tags: Further tags.

    Raises:
        ConfigurationError: for names or priorities used twice, more than 5000 capacity units (WCU),
            ten rate limits or fifty IP sets, an IP set of another scope, and malformed values.

    Warns of more than 1500 WCU, which cost extra: `waf-capacity-surcharge`.

    https://docs.aws.amazon.com/waf/latest/developerguide/web-acl.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        acl_scope: str = "REGIONAL",
        default_action: WebAclAction | str = "allow",
        rules: Sequence[WebAclRule] | None = None,
        logging: WebAclLogging | None = DEFAULT_LOGGING,
        sampled_requests: bool = True,
        description: str | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        faults = check_scope(scope, id)
        check_acl_scope(faults, acl_scope, scope)
        action = check_action(faults, "default_action", default_action, ("allow", "block"))
        given = WebAclRule.defaults() if rules is None else rules
        checked = check_sequence(faults, "rules", given, f"[{_EXAMPLE}]") or ()
        _check_rules(faults, scope, checked, action, acl_scope)
        check_options(faults, "logging", logging, WebAclLogging, "WebAclLogging.to_bucket(...)")
        if isinstance(logging, WebAclLogging):
            check_log_stack(faults, scope, logging)
        check_bool(faults, "sampled_requests", sampled_requests)
        if description is not None:
            rule = "write 3 to 256 letters, digits, blanks and _ + = : # @ / - , ."
            character = r"[A-Za-z0-9_+=:#@/,.-]"
            pattern = rf"{character}[A-Za-z0-9_+=:#@/,. -]{{1,254}}{character}"
            check_string(faults, "description", description, pattern, rule)
        own_tags = check_tags(faults, "tags", tags)
        name = construct_name(scope, id)
        rule = "its name follows from stack and path: AWS WAF takes 128 letters, digits, - and _."
        check_string(faults, "name", name, r"[A-Za-z0-9_-]{1,128}", rule, tokens=False)
        faults.raise_any()
        assert action is not None
        super().__init__(scope, id)
        self._default_action = action
        self._sampled_requests = sampled_requests
        self.rules: dict[str, WebAclRule] = {}
        self.logging_configuration: Wafv2WebAclLoggingConfiguration | None = None
        with all_or_nothing(scope, id):
            self.resource = Wafv2WebAcl(
                self,
                "resource",
                name=name,
                description=description,
                scope=acl_scope,
                default_action=action.to_block(_DEFAULT_BODY),
                visibility_config={
                    "cloudwatch_metrics_enabled": True,
                    "metric_name": name,
                    "sampled_requests_enabled": sampled_requests,
                },
                tags={**own_tags, "Name": name},
            )
            pin_address(self.resource, self)
            self._write({rule.name: rule for rule in checked})
            if logging:
                self.logging_configuration = add_web_acl_logging(
                    self, self.resource.arn, name, logging
                )
        self._attributes = WebAclAttributes(acl_scope=acl_scope, web_acl_arn=self.resource.arn)

    @classmethod
    def from_attributes(
        cls, scope: Construct, id: str, attributes: WebAclAttributes
    ) -> ImportedWebAcl:
        """An ACL that exists already.

        Raises:
            ConfigurationError: for an ARN of another form or scope.
        """
        return ImportedWebAcl(scope, id, attributes)

    @property
    def capacity(self) -> int:
        """Web ACL capacity units (WCU) that its rules take, as AWS's guide reckons them."""
        return sum(rule.capacity for rule in self.rules.values())

    def add_rule(self, rule: WebAclRule) -> None:
        """One rule more; the ACL is changed in place.

        Args:
            rule: A `WebAclRule` with a name and a priority that the ACL does not have yet.

        Raises:
            ConfigurationError: for a name or priority that is taken, and for more than the ACL
                holds.
        """
        faults = Faults(self.node.scope, self.node.id)
        rules = [*self.rules.values(), rule]
        _check_rules(faults, self, rules, self._default_action, self.attributes.acl_scope)
        faults.raise_any()
        self._write({each.name: each for each in rules})

    def _write(self, rules: dict[str, WebAclRule]) -> None:
        before = self.capacity
        self.rules = dict(sorted(rules.items(), key=lambda pair: pair[1].priority))
        self.resource.put_rule(
            [rule.to_struct(self._sampled_requests) for rule in self.rules.values()]
        )
        bodies = _bodies(self._default_action, list(self.rules.values()))
        if bodies:
            self.resource.put_custom_response_body(_body_structs(bodies))
        if before <= _PRICED_CAPACITY < self.capacity:
            warn(
                self,
                "waf-capacity-surcharge",
                f"the rules take {self.capacity} WCU: beyond {_PRICED_CAPACITY}, AWS charges more "
                "for each request (https://aws.amazon.com/waf/pricing/).",
            )


def _check_rules(
    faults: Faults,
    scope: Construct,
    rules: Sequence[object],
    default: WebAclAction | None,
    acl_scope: object,
) -> None:
    checked = [
        rule
        for rule in rules
        if check_instance(faults, "rules", rule, WebAclRule, _EXAMPLE) is not None
    ]
    known = [rule for rule in checked if isinstance(rule, WebAclRule)]
    names: dict[str, WebAclRule] = {}
    priorities: dict[int, str] = {}
    for rule in known:
        if rule.name in names:
            faults.add(f"rules: the name {rule.name} is there twice: give one of them another.")
        names[rule.name] = rule
        other = priorities.setdefault(rule.priority, rule.name)
        if other != rule.name:
            faults.add(
                f"rules: priority {rule.priority} of {rule.name} is taken by {other}: give each "
                "rule one of its own."
            )
        for ip_set in rule.ip_sets:
            check_same_stack(faults, f"rules: {rule.name}", ip_set, scope)
            if ip_set.attributes.acl_scope != acl_scope:
                faults.add(
                    f"rules: {rule.name} names {ip_set.node.path}, of scope "
                    f"{ip_set.attributes.acl_scope}: this ACL needs one of scope {acl_scope}."
                )
    capacity = sum(rule.capacity for rule in known)
    if capacity > _MOST_CAPACITY:
        faults.add(f"rules take {capacity} WCU: AWS WAF allows {_MOST_CAPACITY} in an ACL.")
    limits = sum(rule.is_rate_based for rule in known)
    if limits > _MOST_RATE_LIMITS:
        faults.add(f"rules hold {limits} rate limits: AWS WAF allows {_MOST_RATE_LIMITS}.")
    references = sum(len(rule.ip_sets) for rule in known)
    if references > _MOST_IP_SETS:
        faults.add(f"rules name IP sets {references} times: AWS WAF allows {_MOST_IP_SETS}.")
    bodies = _bodies(default, known)
    size = sum(len(str(action.body).encode()) for action in bodies.values())
    if len(bodies) > _MOST_BODIES or size > _BODY_BYTES:
        faults.add(
            f"rules answer with {len(bodies)} bodies of {size} bytes: an ACL keeps {_MOST_BODIES} "
            f"of {_BODY_BYTES} bytes in all."
        )


def _bodies(default: WebAclAction | None, rules: Sequence[WebAclRule]) -> dict[str, WebAclAction]:
    """The actions that answer with a body, by the key under which the ACL keeps it."""
    found = {rule.body_key: rule.action for rule in rules if rule.action and rule.action.body}
    if default and default.body:
        found[_DEFAULT_BODY] = default
    return found


def _body_structs(bodies: Mapping[str, WebAclAction]) -> list[Wafv2WebAclCustomResponseBody]:
    return [
        Wafv2WebAclCustomResponseBody(
            key=key, content=str(action.body), content_type=action.body_type
        )
        for key, action in bodies.items()
    ]
