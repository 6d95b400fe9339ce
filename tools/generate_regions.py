"""Writes modules/terratiers/core/data/regions.json: AWS regions, partitions, zone letters.

Sources, both from PyPI: botocore's endpoints.json (partitions) and moto's table of availability
zones (collected from EC2's DescribeAvailabilityZones).

    python tools/generate_regions.py
"""

from __future__ import annotations

import datetime
import json
from importlib.metadata import version
from pathlib import Path

import botocore.session
from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend

TARGET = Path(__file__).parents[1] / "modules/terratiers/core/data/regions.json"


def main() -> None:
    session = botocore.session.get_session()
    partition_of = {
        region: partition
        for partition in session.get_available_partitions()
        for region in session.get_available_regions("ec2", partition)
    }
    catalog = {}
    for region, zones in sorted(RegionsAndZonesBackend.zones.items()):
        letters = sorted(zone.name.removeprefix(region) for zone in zones)
        if region in partition_of:
            catalog[region] = {"partition": partition_of[region], "zones": letters}
    document = {
        "source": f"botocore {version('botocore')} (partitions), moto {version('moto')} (zones)",
        "date": datetime.date.today().isoformat(),
        "regions": catalog,
    }
    lines = json.dumps(document, indent=1)
    TARGET.write_text(lines + "\n", encoding="utf-8")
    print(f"{TARGET.name}: {len(catalog)} regions")


if __name__ == "__main__":
    main()
