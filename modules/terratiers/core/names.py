"""Names that AWS shows and addresses that Terraform keeps."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from terratiers.core.constant_properties import is_unused_id
from terratiers.core.errors import ConfigurationError
from terratiers.core.kernel_process import without_waiting

from cdktf import TerraformElement, TerraformResource, TerraformStack
from constructs import Construct, IConstruct

if TYPE_CHECKING:
    from terratiers.core.environment import Environment

__all__ = [
    "child_of",
    "construct_name",
    "dependency",
    "environment_of",
    "path_in_stack",
    "pin_address",
    "resource_name",
    "terraform_type",
]

_ADDRESSES, _NAME = "_terratiers_addresses", "_terratiers_name"


def environment_of(scope: Construct) -> Environment | None:
    """The `Environment` of the tier around `scope`, or None in a plain `TerraformStack`."""
    return getattr(TerraformStack.of(scope), "environment", None)


def resource_name(scope: Construct, name: str) -> str:
    """The name that AWS shows for a resource of `scope`.

    `<project>-<environment>-<name>` in a tier, `<stack>-<name>` in a plain stack, so that two
    stacks in one account do not collide.

    Args:
        name: What follows project and environment, or the stack's id.
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


def child_of(scope: IConstruct, id: str) -> IConstruct | None:
    """The child of `scope` that is called `id`; None when it has no such child."""
    return None if is_unused_id(scope, id) else scope.node.try_find_child(id)


def path_in_stack(construct: Construct) -> str:
    """A construct's path below its stack: `vpn/server`; empty for the stack itself.

    Args:
        construct: The construct, or the stack itself.
    """
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
    # kept on the stack itself, with which it goes
    addresses: dict[tuple[str, str], TerraformElement] = vars(stack).setdefault(_ADDRESSES, {})
    taken = addresses.setdefault((kind, name), element)
    if taken is not element:
        path, other = element.node.path, taken.node.path
        if path != other:
            owner.node.try_remove_child(element.node.id)
            raise ConfigurationError(
                path, f"its Terraform name {name} is taken by {other}: give one of them another id."
            )
        # the earlier one was taken away again
        addresses[kind, name] = element
    vars(element)[_NAME] = name
    with without_waiting():
        element.override_logical_id(name)


def dependency(element: TerraformResource) -> str:
    """`aws_vpc.main`: what `depends_on` holds when it is set later; `element.fqn` is an expression.

    Its address has to be pinned before.

    Args:
        element: The resource.
    """
    name = vars(element).get(_NAME) or element.friendly_unique_id
    return f"{terraform_type(element)}.{name}"


def terraform_type(element: TerraformResource) -> str:
    """`aws_vpc`: asked for once for each class of the bindings, and not for each element.

    Args:
        element: The resource.
    """
    return _type_of(type(element)) or element.terraform_resource_type


@functools.cache
def _type_of(kind: type[TerraformResource]) -> str | None:
    """None for a class that stands for every type, as cdktf's own does."""
    return getattr(kind, "TF_RESOURCE_TYPE", None)
