"""Names that AWS shows and addresses that Terraform keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from terratiers.core.errors import ConfigurationError

from cdktf import TerraformElement, TerraformResource, TerraformStack
from constructs import Construct

if TYPE_CHECKING:
    from terratiers.core.environment import Environment

__all__ = [
    "construct_name",
    "dependency",
    "environment_of",
    "path_in_stack",
    "pin_address",
    "resource_name",
]

_addresses: WeakKeyDictionary[TerraformStack, dict[tuple[str, str], str]] = WeakKeyDictionary()


def environment_of(scope: Construct) -> Environment | None:
    """The `Environment` of the tier around `scope`, or None in a plain `TerraformStack`."""
    return getattr(TerraformStack.of(scope), "environment", None)


def resource_name(scope: Construct, name: str) -> str:
    """The name that AWS shows for a resource of `scope`.

    `<project>-<environment>-<name>` in a tier, `<stack>-<name>` in a plain stack, so that two
    stacks in one account do not collide.
    """
    environment = environment_of(scope)
    stack = TerraformStack.of(scope)
    return environment.resource_name(name) if environment else f"{stack.node.id}-{name}"


def construct_name(scope: Construct, id: str = "") -> str:
    """`resource_name` of a construct, or of `id` in it: of the path below the stack.

    `vpn-server` for `vpn/server`: of its id alone, two constructs inside of others would share a
    name.
    """
    return resource_name(scope, "-".join(filter(None, [*path_in_stack(scope).split("/"), id])))


def path_in_stack(construct: Construct) -> str:
    """A construct's path below its stack: `vpn/server`; empty for the stack itself."""
    return construct.node.path.removeprefix(TerraformStack.of(construct).node.path).strip("/")


def pin_address(element: TerraformElement, owner: Construct, *parts: str) -> None:
    """Gives `element` a Terraform name that follows from ids alone, without cdktf's hash.

    The name is the path of `owner` below its stack and `parts`, joined by `_`: for the construct
    `network/vpc` and the parts `private`, `a` it is `vpc_private_a`, whatever stands beside it.

    Has to be called before any attribute of `element` is read: cdktf fixes the name then.

    Raises `ConfigurationError` when the stack has that address already (`a/b-c` and `a-b/c`), and
    takes `element` away again.
    """
    stack = TerraformStack.of(owner)
    name = "_".join([*path_in_stack(owner).split("/"), *parts]).strip("_").replace("-", "_")
    kind = type(element).__module__.rpartition(".")[2]
    path = element.node.path
    taken = _addresses.setdefault(stack, {}).setdefault((kind, name), path)
    if taken != path:
        owner.node.try_remove_child(element.node.id)
        raise ConfigurationError(
            path, f"its Terraform name {name} is taken by {taken}: give one of them another id."
        )
    element.override_logical_id(name)


def dependency(element: TerraformResource) -> str:
    """`aws_vpc.main`: what `depends_on` holds when it is set later; `element.fqn` is an expression.

    Its address has to be pinned before.
    """
    return f"{element.terraform_resource_type}.{element.friendly_unique_id}"
