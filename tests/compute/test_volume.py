from __future__ import annotations

from terratiers import ConfigurationError
from terratiers.compute import Volume, VolumeType
from terratiers.core.errors import Faults
from terratiers.security import Key, KeyAttributes

import pytest
from cdktf import TerraformVariable

KEY_ARN = "arn:aws:kms:eu-central-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000000"
# type: least and most size, least and most IOPS, IOPS for each GiB, whether it can be started from
LIMITS = {
    "gp3": (1, 16384, 3000, 16000, 500, True),
    "gp2": (1, 16384, None, None, None, True),
    "io1": (4, 16384, 100, 64000, 50, True),
    "io2": (4, 65536, 100, 256000, 1000, True),
    "st1": (125, 16384, None, None, None, False),
    "sc1": (125, 16384, None, None, None, False),
}
PROVISIONED = {"io1": {"iops": 100}, "io2": {"iops": 100}}


def check(volume, *, root=False, least=None):
    """Raises what the construct would raise that the volume is given to."""
    faults = Faults(None, "web")
    volume.check(faults, "data", root=root, least=least)
    faults.raise_any()


def number(tier, name="number"):
    return TerraformVariable(tier, name, type="number").number_value


# --- what EBS takes


def test_the_types_are_all_tested():
    assert set(LIMITS) == set(VolumeType.ALL)


@pytest.mark.parametrize("kind", VolumeType.ALL)
def test_every_size_between_the_limits_is_taken(kind):
    low, high, *_ = LIMITS[kind]
    for size in (low, 500, high):
        check(Volume(size=size, volume_type=kind, **PROVISIONED.get(kind, {})))


@pytest.mark.parametrize("kind", VolumeType.ALL)
def test_sizes_outside_of_the_limits_are_refused(kind):
    low, high, *_ = LIMITS[kind]
    for size in (low - 1, high + 1):
        message = rf"data: size is {size}: it has to be {low} to {high} GiB for {kind} \(EBS\)"
        with pytest.raises(ConfigurationError, match=message):
            check(Volume(size=size, volume_type=kind, **PROVISIONED.get(kind, {})))


@pytest.mark.parametrize("kind", ["gp3", "io1", "io2"])
def test_iops_between_the_limits_are_taken(kind):
    _, high, least, most, *_ = LIMITS[kind]
    for iops in (least, most):
        check(Volume(size=high, volume_type=kind, iops=iops))


@pytest.mark.parametrize("kind", ["gp3", "io1", "io2"])
def test_iops_outside_of_the_limits_are_refused(kind):
    _, high, least, most, *_ = LIMITS[kind]
    for iops in (least - 1, most + 1):
        message = rf"data: iops is {iops}: it has to be {least} to {most} operations per second"
        with pytest.raises(ConfigurationError, match=message):
            check(Volume(size=high, volume_type=kind, iops=iops))


@pytest.mark.parametrize("kind", ["gp3", "io1", "io2"])
def test_iops_are_limited_by_the_size(kind):
    ratio = LIMITS[kind][4]
    check(Volume(size=10, volume_type=kind, iops=10 * ratio))
    message = rf"{kind} allows {ratio} for each GiB, here {10 * ratio}\."
    with pytest.raises(ConfigurationError, match=message):
        check(Volume(size=10, volume_type=kind, iops=10 * ratio + 1))


def test_the_least_iops_are_taken_at_any_size():
    check(Volume(size=1, iops=3000))
    with pytest.raises(ConfigurationError, match="gp3 allows 500 for each GiB, here 3000"):
        check(Volume(size=1, iops=3001))


@pytest.mark.parametrize(
    ("iops", "throughput"), [(None, 125), (None, 750), (3000, 750), (4000, 1000), (16000, 1000)]
)
def test_throughput_is_up_to_a_quarter_of_the_iops(iops, throughput):
    check(Volume(size=100, iops=iops, throughput=throughput))


@pytest.mark.parametrize("kind", ["st1", "sc1"])
def test_a_disk_cannot_be_started_from(kind):
    check(Volume(size=125, volume_type=kind), root=False)
    with pytest.raises(ConfigurationError, match=f"data: {kind} cannot be started from: write gp3"):
        check(Volume(size=125, volume_type=kind), root=True)


@pytest.mark.parametrize("kind", [kind for kind in VolumeType.ALL if LIMITS[kind][5]])
def test_the_others_can(kind):
    check(Volume(size=30, volume_type=kind, **PROVISIONED.get(kind, {})), root=True)


def test_a_root_volume_takes_its_size_from_the_image():
    check(Volume(), root=True, least=8)
    with pytest.raises(ConfigurationError, match="size is missing: write GiB from 1 to 16384"):
        check(Volume(), root=False)


def test_a_root_volume_holds_the_image():
    check(Volume(size=30), root=True, least=30)
    with pytest.raises(ConfigurationError, match="size is 29 GiB: the image needs at least 30"):
        check(Volume(size=29), root=True, least=30)


def test_iops_of_a_root_volume_without_size_are_taken():
    check(Volume(volume_type="io1", iops=64000), root=True)


def test_a_key_made_here_or_elsewhere_encrypts(tier):
    check(Volume(size=8, key=Key(tier, "key", description="disks")))
    check(Volume(size=8, key=Key.from_attributes(tier, "old", KeyAttributes(key_arn=KEY_ARN))))


# --- values that only Terraform knows


def test_sizes_and_iops_may_be_known_to_terraform_only(tier):
    check(Volume(size=number(tier)))
    check(Volume(size=number(tier, "size"), iops=3000), root=True, least=8)
    check(Volume(size=100, iops=number(tier, "iops")))


@pytest.mark.parametrize(("kind", "iops"), [("gp3", 6000), ("io1", 200)])
def test_iops_are_not_compared_with_a_size_that_terraform_knows(tier, kind, iops):
    check(Volume(size=number(tier), volume_type=kind, iops=iops))


def test_throughput_is_not_compared_with_iops_that_terraform_knows(tier):
    check(Volume(size=100, iops=number(tier), throughput=1000))
    check(Volume(size=100, iops=3000, throughput=number(tier, "throughput")))


# --- bad input

BAD_VOLUMES = {
    "type unknown": (
        {"volume_type": "gp4"},
        r"data: volume_type gp4 is not known; did you mean gp3, gp2\? write one of gp3, gp2, io1",
    ),
    "type upper case": ({"volume_type": "GP3"}, "volume_type GP3 is not known"),
    "type of old": ({"volume_type": "standard"}, "volume_type standard is not known"),
    "type none": ({"volume_type": None}, "volume_type None is not known"),
    "size text": ({"size": "100"}, r"size is 100 \(str\): write a whole number from 1 to 16384"),
    "size fraction": ({"size": 8.5}, r"size is 8\.5 \(float\)"),
    "size bool": ({"size": True}, r"size is True \(bool\)"),
    "size zero": ({"size": 0}, "size is 0: it has to be 1 to 16384 GiB"),
    "size negative": ({"size": -8}, "size is -8"),
    "size in bytes": ({"size": 8 * 1024**3}, "size is 8589934592"),
    "iops text": ({"iops": "3000"}, r"iops is 3000 \(str\)"),
    "iops bool": ({"iops": True}, r"iops is True \(bool\)"),
    "iops zero": ({"iops": 0}, "iops is 0: it has to be 3000 to 16000 operations per second"),
    "iops of gp2": (
        {"volume_type": "gp2", "iops": 3000},
        "data: gp2 has a fixed iops: take it out",
    ),
    "iops of st1": ({"volume_type": "st1", "size": 125, "iops": 500}, "st1 has a fixed iops"),
    "iops missing for io1": ({"volume_type": "io1"}, "iops is missing: io1 has no default"),
    "iops missing for io2": ({"volume_type": "io2"}, "iops is missing: io2 has no default"),
    "throughput too low": ({"throughput": 124}, "throughput is 124: it has to be 125 to 1000 MiB/"),
    "throughput too high": ({"throughput": 1001, "iops": 16000}, "throughput is 1001"),
    "throughput text": ({"throughput": "250"}, r"throughput is 250 \(str\)"),
    "throughput without iops": (
        {"throughput": 751},
        "throughput is 751 MiB/s: gp3 allows a quarter of its IOPS, 750 for 3000",
    ),
    "throughput above iops": (
        {"throughput": 1000, "iops": 3999},
        "allows a quarter of its IOPS, 999 for 3999",
    ),
    "throughput of io2": (
        {"volume_type": "io2", "iops": 3000, "throughput": 250},
        "io2 has a fixed throughput",
    ),
    "throughput of sc1": (
        {"volume_type": "sc1", "size": 125, "throughput": 250},
        "sc1 has a fixed throughput",
    ),
    "key arn": ({"key": KEY_ARN}, "data: key is arn:aws:kms.*: pass a Key"),
    "key attributes": ({"key": KeyAttributes(key_arn=KEY_ARN)}, "pass a Key"),
    "several": (
        {"size": 0, "iops": 1, "throughput": 1},
        r"(?s)3 faults.*size is 0.*iops is 1.*throughput is 1",
    ),
}


@pytest.mark.parametrize(("given", "message"), BAD_VOLUMES.values(), ids=BAD_VOLUMES.keys())
def test_bad_input_is_refused(given, message):
    with pytest.raises(ConfigurationError, match=message):
        check(Volume(**{"size": 100, **given}))
