"""Writes the catalog of EC2 instance types and the constants that name them.

Source: the Python package moto, which ships the answers of EC2's DescribeInstanceTypes and
DescribeInstanceTypeOfferings for all regions.

    pip install moto
    python tools/generate_instance_types.py

Writes modules/terratiers/compute/data/instance_types.json and compute/instance_class.py.
"""

from __future__ import annotations

import datetime
import gzip
import json
import re
from collections import defaultdict
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

COMPUTE = Path(__file__).parents[1] / "modules/terratiers/compute"
_SIZES = ("nano", "micro", "small", "medium", "large", "xlarge")
_ARCHITECTURES = ("x86_64", "arm64", "x86_64_mac", "arm64_mac")


def read(path: Path) -> Any:
    return json.loads(gzip.decompress(path.read_bytes()))


def family_facts(types: list[dict[str, Any]]) -> dict[str, Any]:
    """What all sizes of a family have in common; fails when they do not."""
    facts: dict[str, set[Any]] = defaultdict(set)
    for entry in types:
        processor = entry["ProcessorInfo"]
        facts["manufacturer"].add(processor["Manufacturer"])
        facts["architectures"].add(
            tuple(a for a in _ARCHITECTURES if a in processor["SupportedArchitectures"])
        )
        facts["current"].add(entry["CurrentGeneration"])
        facts["burstable"].add(entry["BurstablePerformanceSupported"])
        facts["dedicated_hosts"].add(entry["DedicatedHostsSupported"])
        facts["nitro"].add(entry.get("Hypervisor", "nitro") == "nitro")
    different = {name: values for name, values in facts.items() if len(values) != 1}
    if set(different) - {"dedicated_hosts"}:
        raise SystemExit(f"{types[0]['InstanceType']}: sizes differ in {different}")
    return {
        "manufacturer": facts["manufacturer"].pop(),
        "architectures": list(facts["architectures"].pop()),
        "current": facts["current"].pop(),
        "burstable": facts["burstable"].pop(),
        "dedicated_hosts": any(facts["dedicated_hosts"]),
        "nitro": facts["nitro"].pop(),
    }


def size_order(size: str) -> tuple[int, int, str]:
    number = int(re.match(r"\d*", size)[0] or 1)  # type: ignore[index]
    name = size.lstrip("0123456789")
    return (_SIZES.index(name) if name in _SIZES else len(_SIZES), number, size)


def constant(text: str, *, size: bool = False) -> str:
    """`2xlarge` is `XLARGE2`, as in AWS CDK; `c7i-flex` is `C7I_FLEX`."""
    match = re.fullmatch(r"(\d+)(xlarge)", text) if size else None
    return (f"{match[2]}{match[1]}" if match else text).upper().replace("-", "_")


def main() -> None:
    resources = Path(str(files("moto"))) / "ec2" / "resources"
    types = read(resources / "instance_types.json.gz")
    by_family: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    for name, entry in types.items():
        family, _, size = name.partition(".")
        by_family[family][size] = entry
    offered: dict[str, set[str]] = defaultdict(set)
    regions = []
    for path in sorted((resources / "instance_type_offerings" / "region").iterdir()):
        region = path.name.partition(".")[0]
        regions.append(region)
        for offer in read(path):
            offered[offer["InstanceType"].partition(".")[0]].add(region)
    catalog = {
        "source": f"moto {version('moto')} (PyPI): answers of EC2 DescribeInstanceTypes and "
        "DescribeInstanceTypeOfferings",
        "date": datetime.date.today().isoformat(),
        "regions": regions,
        "families": {
            family: {
                **family_facts(list(sizes.values())),
                "not_offered_in": [r for r in regions if r not in offered[family]],
                "sizes": {
                    size: {
                        "vcpus": sizes[size]["VCpuInfo"]["DefaultVCpus"],
                        "memory_mib": sizes[size]["MemoryInfo"]["SizeInMiB"],
                    }
                    for size in sorted(sizes, key=size_order)
                },
            }
            for family, sizes in sorted(by_family.items())
        },
    }
    text = json.dumps(catalog, indent=1)
    text = re.sub(r"\{\s+(\"vcpus\": \d+),\s+(\"memory_mib\": \d+)\s+\}", r"{\1, \2}", text)
    text = re.sub(r"\[[^\[\]{}]*\]", lambda m: re.sub(r"\s+", " ", m[0]), text)
    (COMPUTE / "data" / "instance_types.json").write_text(text + "\n", encoding="utf-8")
    every_size = sorted({s for sizes in by_family.values() for s in sizes}, key=size_order)
    lines = [
        '"""Families and sizes of instance types: written by tools/generate_instance_types.py."""',
        "",
        "from __future__ import annotations",
        "",
        '__all__ = ["InstanceClass", "InstanceSize"]',
        "",
        "",
        "class InstanceClass:",
        '    """The families that the catalog knows: `InstanceClass.T3` is `t3`."""',
        "",
        *(f'    {constant(family)} = "{family}"' for family in sorted(by_family)),
        "",
        "",
        "class InstanceSize:",
        '    """The sizes that the catalog knows: `InstanceSize.XLARGE2` is `2xlarge`."""',
        "",
        *(f'    {constant(size, size=True)} = "{size}"' for size in every_size),
        "",
    ]
    (COMPUTE / "instance_class.py").write_text("\n".join(lines), encoding="utf-8")
    print(f"{len(types)} types of {len(by_family)} families in {len(regions)} regions")


if __name__ == "__main__":
    main()
