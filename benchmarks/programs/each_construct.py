"""What constructs cost: each by itself, and the same resources in raw bindings again.

Both are made in a process that has everything imported, several times, in a stack of its own each
time. For the raw bindings every call that the construct made is noted and made again, in another
scope. Prints JSON: milliseconds and the number of resources by construct.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from terratiers import Environment, Tier
from terratiers.compute import Instance, MachineImage
from terratiers.database import Attribute, Table
from terratiers.load_balancing import ApplicationLoadBalancer
from terratiers.messaging import Queue, Topic
from terratiers.network import Vpc
from terratiers.security import Key, Peer, Port, Principal, Role, SecurityGroup
from terratiers.serverless import Code, Function
from terratiers.storage import Bucket

from cdktf import App, TerraformElement
from constructs import Construct
from jsii._runtime import JSIIMeta

REPEATS = 9
ENVIRONMENT = Environment(project="shop", name="dev", region="eu-central-1")

Call = tuple[type, str, dict[str, Any]]


def group(tier: Tier, vpc: Vpc) -> None:
    made = SecurityGroup(tier, "made", vpc=vpc, description="of the service")
    made.connections.allow_from(Peer.ipv4("10.0.0.0/16"), Port.tcp(443), "the VPC")
    made.connections.allow_to(Peer.any_ipv4(), Port.tcp(443), "everybody")


CONSTRUCTS: dict[str, Callable[[Tier, Vpc], object]] = {
    "Vpc": lambda tier, _: Vpc(tier, "made"),
    "SecurityGroup with two rules": group,
    "Role": lambda tier, _: Role(
        tier, "made", assumed_by=Principal.service("ec2"), description="of the machines"
    ),
    "Key": lambda tier, _: Key(tier, "made", description="of the queue"),
    "Bucket": lambda tier, _: Bucket(tier, "made"),
    "Table": lambda tier, _: Table(tier, "made", partition_key=Attribute.string("id")),
    "Queue": lambda tier, _: Queue(tier, "made"),
    "Topic": lambda tier, _: Topic(tier, "made"),
    "Function": lambda tier, _: Function(tier, "made", code=Code.from_asset("lambda/items")),
    "Instance": lambda tier, vpc: Instance(
        tier,
        "made",
        vpc=vpc,
        instance_type="t3.small",
        machine_image=MachineImage.amazon_linux_2023(),
        ssm_access=False,
    ),
    "ApplicationLoadBalancer": lambda tier, vpc: ApplicationLoadBalancer(tier, "made", vpc=vpc),
}


@contextmanager
def noted() -> Iterator[list[Call]]:
    """Notes which bindings are made, with which arguments."""
    calls: list[Call] = []
    stock = JSIIMeta.__call__

    def call(cls: Any, *positional: Any, **named: Any) -> Any:
        made = stock(cls, *positional, **named)
        if issubclass(cls, TerraformElement) and cls.__module__.startswith("cdktf"):
            calls.append((cls, positional[1], named))
        return made

    JSIIMeta.__call__ = call  # type: ignore[method-assign]
    try:
        yield calls
    finally:
        JSIIMeta.__call__ = stock  # type: ignore[method-assign]


def timed(make: Callable[[Tier, Vpc], object]) -> tuple[int, float, float]:
    """How many bindings it makes; milliseconds by itself, and for the bindings alone."""
    tier, vpc = _empty_tier()
    started = time.perf_counter()
    make(tier, vpc)
    by_itself = time.perf_counter() - started

    tier, vpc = _empty_tier()
    with noted() as calls:
        make(tier, vpc)
    scope = Construct(tier, "raw")
    started = time.perf_counter()
    for number, (cls, id, arguments) in enumerate(calls):
        cls(scope, f"{id}-{number}", **arguments)
    return len(calls), by_itself * 1000, (time.perf_counter() - started) * 1000


def _empty_tier() -> tuple[Tier, Vpc]:
    tier = Tier(App(), "tier", environment=ENVIRONMENT)
    return tier, Vpc(tier, "vpc")


def main() -> None:
    costs = {}
    for name, make in CONSTRUCTS.items():
        timed(make)  # the first imports what it needs
        resources, construct, raw = zip(*(timed(make) for _ in range(REPEATS)), strict=True)
        costs[name] = {
            "resources": resources[0],
            "construct": statistics.median(construct),
            "raw": statistics.median(raw),
        }
    print(json.dumps(costs))


if __name__ == "__main__":
    main()
