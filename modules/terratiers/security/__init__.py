"""Security groups and the rules between them; roles, grants and keys; web ACLs and Shield."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from terratiers.security.connections import Connections
from terratiers.security.instance_profile import InstanceProfile
from terratiers.security.key import Key, KeyAttributes
from terratiers.security.managed_policy import ManagedPolicy
from terratiers.security.peer import Peer
from terratiers.security.policy_statement import PolicyStatement
from terratiers.security.port import Port
from terratiers.security.principal import Principal
from terratiers.security.role import Role, RoleAttributes
from terratiers.security.secret_reference import SecretReference
from terratiers.security.security_group import SecurityGroup, SecurityGroupAttributes

if TYPE_CHECKING:
    from terratiers.security.shield_protection import ShieldProtection
    from terratiers.security.shield_subscription import ShieldSubscription
    from terratiers.security.web_acl import WebAcl, WebAclAttributes
    from terratiers.security.web_acl_action import WebAclAction
    from terratiers.security.web_acl_forwarded_ip import ForwardedIp
    from terratiers.security.web_acl_ip_set import IpSet, IpSetAttributes
    from terratiers.security.web_acl_logging import WebAclLogContent, WebAclLogging
    from terratiers.security.web_acl_rate_limit import RateLimitKey
    from terratiers.security.web_acl_request_part import RequestPart
    from terratiers.security.web_acl_rule import WebAclRule
    from terratiers.security.web_acl_statement import WebAclStatement

__all__ = [
    "Connections",
    "ForwardedIp",
    "InstanceProfile",
    "IpSet",
    "IpSetAttributes",
    "Key",
    "KeyAttributes",
    "ManagedPolicy",
    "Peer",
    "PolicyStatement",
    "Port",
    "Principal",
    "RateLimitKey",
    "RequestPart",
    "Role",
    "RoleAttributes",
    "SecretReference",
    "SecurityGroup",
    "SecurityGroupAttributes",
    "ShieldProtection",
    "ShieldSubscription",
    "WebAcl",
    "WebAclAction",
    "WebAclAttributes",
    "WebAclLogContent",
    "WebAclLogging",
    "WebAclRule",
    "WebAclStatement",
]

# they take 60 ms, beside 600 for all the rest, for which programs without them do not wait
_LATE = {
    "ShieldProtection": "shield_protection",
    "ShieldSubscription": "shield_subscription",
    "WebAcl": "web_acl",
    "WebAclAttributes": "web_acl",
    "WebAclAction": "web_acl_action",
    "ForwardedIp": "web_acl_forwarded_ip",
    "IpSet": "web_acl_ip_set",
    "IpSetAttributes": "web_acl_ip_set",
    "WebAclLogContent": "web_acl_logging",
    "WebAclLogging": "web_acl_logging",
    "RateLimitKey": "web_acl_rate_limit",
    "RequestPart": "web_acl_request_part",
    "WebAclRule": "web_acl_rule",
    "WebAclStatement": "web_acl_statement",
}


def __getattr__(name: str) -> Any:
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LATE[name]}"), name)
