"""Closes the gaps of moto 5.2.5 around databases; see emulator_patches.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["apply_database_patches", "write_one_at_a_time"]


def apply_database_patches() -> None:
    """Applies every patch to the moto of this process."""
    _keep_table_settings()
    _tag_scalable_targets()
    write_one_at_a_time()


def _keep_table_settings() -> None:
    """Tables answer with their class and with what bounds their requests; moto forgets both.

    Each plan would set them again. Seen with `aws_dynamodb_table`, `table_class` and
    `on_demand_throughput`.
    """
    from moto.dynamodb.models.table import Table
    from moto.dynamodb.responses import DynamoHandler, DynamoResult

    stock_describe = Table.describe

    def describe(self: Any, base_key: str = "TableDescription") -> Any:
        answer = stock_describe(self, base_key)
        answer[base_key].update(getattr(self, "kept_settings", {}))
        return answer

    def keep(stock: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def call(self: Any) -> Any:
            stock(self)
            table = self.dynamodb_backend.get_table(self.body["TableName"])
            kept = table.__dict__.setdefault("kept_settings", {})
            if "TableClass" in self.body:
                kept["TableClassSummary"] = {"TableClass": self.body["TableClass"]}
            if "OnDemandThroughput" in self.body:
                kept["OnDemandThroughput"] = self.body["OnDemandThroughput"]
            return DynamoResult(table.describe())

        return call

    Table.describe = describe
    DynamoHandler.create_table = keep(DynamoHandler.create_table)
    DynamoHandler.update_table = keep(DynamoHandler.update_table)


def _tag_scalable_targets() -> None:
    """Scalable targets have tags, which can be read again.

    moto knows none of the calls, and the provider makes one after each target. Seen with
    `aws_appautoscaling_target`.
    """
    import json

    from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse

    stock = ApplicationAutoScalingResponse.register_scalable_target

    def tags_of(self: Any) -> dict[str, str]:
        backend = self.applicationautoscaling_backend
        kept: dict[str, dict[str, str]] = backend.__dict__.setdefault("kept_tags", {})
        return kept.setdefault(self._get_param("ResourceARN"), {})

    def register_scalable_target(self: Any) -> str:
        answer: str = stock(self)
        given = self._get_param("Tags")
        arn = json.loads(answer).get("ScalableTargetARN")
        if given and arn:
            backend = self.applicationautoscaling_backend
            backend.__dict__.setdefault("kept_tags", {})[arn] = dict(given)
        return answer

    def list_tags_for_resource(self: Any) -> str:
        return json.dumps({"Tags": tags_of(self)})

    def tag_resource(self: Any) -> str:
        tags_of(self).update(self._get_param("Tags"))
        return json.dumps({})

    def untag_resource(self: Any) -> str:
        for key in self._get_param("TagKeys"):
            tags_of(self).pop(key, None)
        return json.dumps({})

    ApplicationAutoScalingResponse.register_scalable_target = register_scalable_target
    ApplicationAutoScalingResponse.list_tags_for_resource = list_tags_for_resource
    ApplicationAutoScalingResponse.tag_resource = tag_resource
    ApplicationAutoScalingResponse.untag_resource = untag_resource


def write_one_at_a_time() -> None:
    """A condition and the write that it guards are one step.

    moto checks the condition first and writes later, so that of concurrent requests with the same
    condition two may be told that they won. Seen with two updates of one version of an item.
    """
    import functools
    import threading

    from moto.dynamodb.models import DynamoDBBackend

    lock = threading.RLock()  # a transaction calls the others

    def alone(stock: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(stock)
        def call(*args: Any, **kwargs: Any) -> Any:
            with lock:
                return stock(*args, **kwargs)

        return call

    for name in ("put_item", "update_item", "delete_item", "transact_write_items"):
        setattr(DynamoDBBackend, name, alone(getattr(DynamoDBBackend, name)))
