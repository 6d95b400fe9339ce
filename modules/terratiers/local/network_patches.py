"""Closes the gaps of moto 5.2.5 around networks; see emulator_patches.py."""

from __future__ import annotations

from typing import Any

__all__ = ["apply_network_patches"]


def apply_network_patches() -> None:
    """Applies every patch to the moto of this process."""
    _find_subnets_by_ipv6_association()
    _keep_destination_options_of_flow_logs()


def _find_subnets_by_ipv6_association() -> None:
    """Subnets are found by the association of their IPv6 block.

    moto fails on the filter with which the provider waits for it, and answers with a state inside
    of a state. Seen with `aws_subnet` and `ipv6_cidr_block`.
    """
    from moto.ec2.models.subnets import Subnet

    stock = Subnet.get_filter_value
    stock_associations = Subnet.ipv6_cidr_block_association_set.fget

    def get_filter_value(self: Any, filter_name: str, method_name: str | None = None) -> Any:
        if filter_name == "ipv6-cidr-block-association.association-id":
            return list(self.ipv6_cidr_block_associations)
        return stock(self, filter_name, method_name)

    def associations(self: Any) -> list[dict[str, Any]]:
        return [
            {**association, "ipv6CidrBlockState": association["ipv6CidrBlockState"]["state"]}
            for association in stock_associations(self)
        ]

    Subnet.get_filter_value = get_filter_value
    Subnet.ipv6_cidr_block_association_set = property(associations)


def _keep_destination_options_of_flow_logs() -> None:
    """Flow logs answer with how their files are written; moto forgets it.

    Each plan would replace them. Seen with `aws_flow_log` and `destination_options`.
    """
    from moto.ec2.responses.flow_logs import FlowLogs

    stock = FlowLogs.create_flow_logs

    def create_flow_logs(self: Any) -> Any:
        answer = stock(self)
        given = self._get_params().get("DestinationOptions")
        if given:
            options = {
                name: value if name == "FileFormat" else str(value).lower() == "true"
                for name, value in given.items()
            }
            for id in answer.result["FlowLogIds"]:
                self.ec2_backend.flow_logs[id].destination_options = options
        return answer

    FlowLogs.create_flow_logs = create_flow_logs
