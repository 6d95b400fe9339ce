"""Routing policies: which of several records of one name and type is answered with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from terratiers.core.environment import regions
from terratiers.core.errors import Faults
from terratiers.core.validation import check_choice, check_int, check_string, nearest, show

from cdktf_cdktf_provider_aws.route53_record import (
    Route53RecordFailoverRoutingPolicy,
    Route53RecordGeolocationRoutingPolicy,
    Route53RecordLatencyRoutingPolicy,
    Route53RecordWeightedRoutingPolicy,
)

__all__ = ["Routing"]

_ROLES = ("PRIMARY", "SECONDARY")
_CONTINENTS = ("AF", "AN", "AS", "EU", "NA", "OC", "SA")


@dataclass(frozen=True, kw_only=True)
class Routing:
    """How Route 53 chooses among records. Made by `weighted`, `latency`, ..., never by hand.

    All records of one name and type have the same kind of policy, and a `set_identifier` each.
    Every maker takes `health_check_id`: a record whose check fails is left out.

    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy.html
    """

    kind: str
    set_identifier: str
    health_check_id: str | None = None
    weight: int | None = None
    region: str | None = None
    role: str | None = None
    continent: str | None = None
    country: str | None = None
    subdivision: str | None = None

    @classmethod
    def weighted(
        cls, set_identifier: str, *, weight: int, health_check_id: str | None = None
    ) -> Routing:
        """By shares.

        Args:
            set_identifier: Tells the records apart: 1 to 128 characters.
            weight: 0 to 255; its part of all weights is its part of the answers, 0 is none.
            health_check_id: Default: none.
        """
        return cls(
            kind="weighted",
            set_identifier=set_identifier,
            weight=weight,
            health_check_id=health_check_id,
        )

    @classmethod
    def latency(
        cls, set_identifier: str, *, region: str, health_check_id: str | None = None
    ) -> Routing:
        """By the AWS region that answers the client fastest; `region` is where the target is.

        Args:
            set_identifier: Tells the records apart: 1 to 128 characters.
            region: The target's region.
            health_check_id: Default: none.
        """
        return cls(
            kind="latency",
            set_identifier=set_identifier,
            region=region,
            health_check_id=health_check_id,
        )

    @classmethod
    def failover(
        cls, set_identifier: str, *, role: str, health_check_id: str | None = None
    ) -> Routing:
        """`PRIMARY` while it is healthy, else `SECONDARY`.

        A primary record needs a health check to ever fail; for an alias, its target's will do.

        Args:
            set_identifier: Tells the records apart: 1 to 128 characters.
            role: `PRIMARY` or `SECONDARY`.
            health_check_id: Default: none.
        """
        return cls(
            kind="failover",
            set_identifier=set_identifier,
            role=role,
            health_check_id=health_check_id,
        )

    @classmethod
    def geolocation(
        cls,
        set_identifier: str,
        *,
        continent: str | None = None,
        country: str | None = None,
        subdivision: str | None = None,
        health_check_id: str | None = None,
    ) -> Routing:
        """By where the client is.

        Args:
            set_identifier: Tells the records apart: 1 to 128 characters.
            continent: `AF`, `AN`, `AS`, `EU`, `NA`, `OC` or `SA`.
            country: Two letters (ISO 3166-1), or `*` for all that no other record is for. One of
                continent and country has to be there.
            subdivision: A state of the US or Ukraine, with its country.
            health_check_id: Default: none.

        https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy-geo.html
        """
        return cls(
            kind="geolocation",
            set_identifier=set_identifier,
            continent=continent,
            country=country,
            subdivision=subdivision,
            health_check_id=health_check_id,
        )

    @classmethod
    def multivalue(cls, set_identifier: str, *, health_check_id: str | None = None) -> Routing:
        """Up to eight healthy records at once, for no alias, CNAME or NS record.

        Args:
            set_identifier: Tells the records apart: 1 to 128 characters.
            health_check_id: Default: none.
        """
        return cls(
            kind="multivalue_answer", set_identifier=set_identifier, health_check_id=health_check_id
        )

    def check(self, faults: Faults, type: str, *, alias: bool = False) -> None:
        """Notes what Route 53 would refuse for a record of `type`."""
        rule = "write 1 to 128 characters (Route 53)."
        check_string(
            faults, "routing: set_identifier", self.set_identifier, r"[!-~ ]{1,128}", rule,
            tokens=False,
        )  # fmt: skip
        if self.health_check_id is not None:
            rule = "write a health check's id, like 12345678-1234-1234-1234-123456789012."
            pattern = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
            check_string(faults, "routing: health_check_id", self.health_check_id, pattern, rule)
        if self.kind == "weighted":
            check_int(faults, "routing: weight", self.weight, 0, 255, "(Route 53)")
        elif self.kind == "latency":
            self._check_region(faults)
        elif self.kind == "failover":
            check_choice(faults, "routing: role", self.role, _ROLES)
        elif self.kind == "geolocation":
            self._check_place(faults)
        elif self.kind == "multivalue_answer":
            if alias or type in ("CNAME", "NS"):
                what = "alias" if alias else type
                faults.add(f"routing: multivalue is not for {what} records: take weighted.")
        else:
            faults.add(f"routing: kind {show(self.kind)} is not known: use Routing.weighted(...).")

    def options(self) -> dict[str, Any]:
        """The arguments of `aws_route53_record`."""
        policies: dict[str, Callable[[], Any]] = {
            "weighted": lambda: Route53RecordWeightedRoutingPolicy(weight=self.weight or 0),
            "latency": lambda: Route53RecordLatencyRoutingPolicy(region=str(self.region)),
            "failover": lambda: Route53RecordFailoverRoutingPolicy(type=str(self.role)),
            "geolocation": lambda: Route53RecordGeolocationRoutingPolicy(
                continent=self.continent, country=self.country, subdivision=self.subdivision
            ),
            "multivalue_answer": lambda: True,
        }
        return {
            "set_identifier": self.set_identifier,
            "health_check_id": self.health_check_id,
            f"{self.kind}_routing_policy": policies[self.kind](),
        }

    def _check_region(self, faults: Faults) -> None:
        rule = "write an AWS region like eu-central-1."
        pattern = r"[a-z]{2,4}(?:-[a-z]+){1,3}-[0-9]{1,2}"
        known = check_string(faults, "routing: region", self.region, pattern, rule)
        if known and known not in regions():
            hint = nearest(known, regions()) or ": write an AWS region."
            faults.add(f"routing: region {known} is not in the catalog{hint}")

    def _check_place(self, faults: Faults) -> None:
        if (self.continent is None) == (self.country is None):
            faults.add("routing: geolocation takes a continent or a country: give one of them.")
        if self.continent is not None:
            check_choice(faults, "routing: continent", self.continent, _CONTINENTS)
        if self.country is not None:
            rule = "write two capital letters (ISO 3166-1), or * for all others."
            check_string(faults, "routing: country", self.country, r"[A-Z]{2}|\*", rule)
        if self.subdivision is not None:
            rule = "write 1 to 3 capital letters or digits."
            pattern = r"[A-Z0-9]{1,3}"
            check_string(faults, "routing: subdivision", self.subdivision, pattern, rule)
            check_choice(
                faults, "routing: country of a subdivision", self.country, ("US", "UA")
            )  # fmt: skip
