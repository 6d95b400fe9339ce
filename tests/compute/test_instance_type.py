from __future__ import annotations

from terratiers import ConfigurationError, Environment, Tier, acknowledge
from terratiers.compute import DedicatedHost, InstanceClass, InstanceSize, InstanceType
from terratiers.compute.catalog import catalog_regions, families, type_names
from terratiers.compute.instance_type import check_instance_type, warn_of_instance_type
from terratiers.core.errors import Faults

import pytest
from cdktf import TerraformStack

NEWER_MACS = ("mac-m3ultra.metal", "mac-m4.metal", "mac-m4max.metal", "mac-m4pro.metal")


def constants(holder):
    return {name: value for name, value in vars(holder).items() if not name.startswith("_")}


def warnings(construct):
    return [entry.data for entry in construct.node.metadata if entry.type.endswith("warn")]


def in_region(app, region):
    return Tier(app, "web", environment=Environment(project="shop", name="test", region=region))


# --- names

NAMES = {
    "m5.large": ("m5", "large", "m", 5, ""),
    "m5d.large": ("m5d", "large", "m", 5, "d"),
    "c7i-flex.xlarge": ("c7i-flex", "xlarge", "c", 7, "i-flex"),
    "c7gn.16xlarge": ("c7gn", "16xlarge", "c", 7, "gn"),
    "mac1.metal": ("mac1", "metal", "mac", 1, ""),
    "mac2-m2pro.metal": ("mac2-m2pro", "metal", "mac", 2, "-m2pro"),
    "p6-b200.48xlarge": ("p6-b200", "48xlarge", "p", 6, "-b200"),
    "x2iedn.metal": ("x2iedn", "metal", "x", 2, "iedn"),
    "u7in-32tb.224xlarge": ("u7in-32tb", "224xlarge", "u", 7, "in-32tb"),
    "im4gn.large": ("im4gn", "large", "im", 4, "gn"),
    "r7iz.metal-16xl": ("r7iz", "metal-16xl", "r", 7, "iz"),
    "mac-m4.metal": ("mac-m4", "metal", "mac", None, ""),
    "mac-m3ultra.metal": ("mac-m3ultra", "metal", "mac", None, ""),
    "u-3tb1.56xlarge": ("u-3tb1", "56xlarge", "u", None, ""),
}


@pytest.mark.parametrize(("name", "parts"), NAMES.items(), ids=NAMES.keys())
def test_a_name_is_taken_apart(name, parts):
    it = InstanceType(name)
    assert (it.family, it.size, it.series, it.generation, it.attributes) == parts


def test_every_name_of_the_catalog_is_known_and_taken_apart():
    for family, entry in families().items():
        for size in entry.sizes:
            it = InstanceType(f"{family}.{size}")
            assert (it.family, it.size) == (family, size)
            assert family.startswith(it.series)
            assert it.vcpus > 0, it
            assert it.memory_mib > 0, it
            assert it.architectures, it


def test_it_is_text_and_compares_by_its_name():
    it = InstanceType("t3.micro")
    assert f"{it}" == "t3.micro"
    assert it == InstanceType.of("t3", "micro")
    assert len({it, InstanceType("t3.micro"), InstanceType("t3.small")}) == 2


def test_the_catalog_tells_what_a_type_has():
    it = InstanceType("m5.large")
    assert (it.vcpus, it.memory_mib, it.architectures) == (2, 8192, ("x86_64",))
    assert it.details.manufacturer == "Intel"
    assert not it.burstable
    assert it.burst_model is None
    assert InstanceType("c7gn.16xlarge").architectures == ("arm64",)


# --- constants


def test_every_class_is_a_family_of_the_catalog():
    for name, value in constants(InstanceClass).items():
        assert value in families()
        assert name == value.upper().replace("-", "_")


def test_every_family_of_the_catalog_has_a_class():
    assert sorted(constants(InstanceClass).values()) == sorted(families())


@pytest.mark.parametrize(("name", "value"), constants(InstanceSize).items())
def test_every_size_is_one_of_the_catalog(name, value):
    assert any(value in family.sizes for family in families().values())
    if name.startswith("XLARGE"):
        assert value == f"{name.removeprefix('XLARGE')}xlarge"
    else:
        assert name == value.upper().replace("-", "_")


def test_every_size_of_the_catalog_has_a_constant():
    known = {size for family in families().values() for size in family.sizes}
    assert set(constants(InstanceSize).values()) == known


def test_class_and_size_make_a_type():
    assert InstanceType.of(InstanceClass.T3, InstanceSize.MICRO).name == "t3.micro"
    assert InstanceType.of(InstanceClass.C7I_FLEX, InstanceSize.XLARGE2).name == "c7i-flex.2xlarge"


def test_the_names_of_the_catalog_are_unique_and_its_regions_real():
    assert len(type_names()) == len(set(type_names())) > 500
    assert {"eu-central-1", "us-east-1"} <= catalog_regions()
    for family in families().values():
        assert family.not_offered_in <= catalog_regions()


# --- unknown types

BAD_NAMES = {
    "no size": ("m5", "m5 is no instance type: write one like t3.micro"),
    "dot only": (".", "is no instance type"),
    "no family": (".large", "is no instance type"),
    "size missing": ("m5.", "is no instance type"),
    "upper case": ("M5.LARGE", "M5.LARGE is no instance type"),
    "space": ("m5 .large", "is no instance type"),
    "newline": ("m5.large\n", "is no instance type"),
    "empty": ("", "is no instance type"),
    "database class": ("db.m5.large", "is no instance type"),
    "no generation": ("m.large", "is no instance type"),
    "token": ("${TfToken[TOKEN.1]}", "is no instance type"),
    "none": (None, "None is no instance type"),
    "number": (5, "5 is no instance type"),
    "list": (["m5.large"], "is no instance type"),
    "size of no family": ("m5.huge", "m5 has the sizes large, xlarge, 2xlarge, 4xlarge"),
    "size of others": ("t3.4xlarge", "t3 has the sizes nano, micro, small"),
    "misspelt size": ("t3.mikro", "t3.mikro is not in the catalog: t3 has the sizes nano, micro"),
    "family near others": ("m7.large", r"did you mean m7i\.large"),
    "wrong generation": ("t5.micro", r"did you mean t3\.micro, t2\.micro, t1\.micro\?"),
    "newer": ("m99.large", r'write InstanceType\.unchecked\("m99\.large"\)'),
}


@pytest.mark.parametrize(("name", "message"), BAD_NAMES.values(), ids=BAD_NAMES.keys())
def test_an_unknown_type_is_refused(name, message):
    with pytest.raises(ConfigurationError, match=message):
        InstanceType(name)


def test_of_refuses_what_the_catalog_does_not_know():
    with pytest.raises(ConfigurationError, match=r"mac1\.large is not in the catalog: mac1 has"):
        InstanceType.of(InstanceClass.MAC1, InstanceSize.LARGE)


def test_an_unchecked_type_needs_not_be_in_the_catalog():
    it = InstanceType.unchecked("m99x.12xlarge")
    assert isinstance(it, InstanceType)
    assert (it.family, it.size, it.series, it.generation) == ("m99x", "12xlarge", "m", 99)
    assert (it.details, it.vcpus, it.memory_mib, it.architectures) == (None, None, None, ())
    assert it.current_generation
    assert not it.burstable
    assert (it.burst_model, it.successor) == (None, None)


def test_an_unchecked_type_of_series_t_is_taken_for_burstable():
    it = InstanceType.unchecked("t9g.micro")
    assert it.burstable
    assert it.burst_model is None


def test_an_unchecked_size_of_a_known_family_has_what_the_family_has():
    it = InstanceType.unchecked("m5.99xlarge")
    assert it.architectures == ("x86_64",)
    assert it.vcpus is None


def test_an_unchecked_type_may_be_known():
    assert InstanceType.unchecked("m5.large").vcpus == 2


@pytest.mark.parametrize("name", ["m99", "M99.large", "", None, 7], ids=repr)
def test_the_form_of_an_unchecked_type_is_checked(name):
    with pytest.raises(ConfigurationError, match=r"is no instance type: write one like t3\.micro"):
        InstanceType.unchecked(name)


# --- as an argument


def test_a_name_or_a_type_is_taken_as_an_argument():
    faults = Faults(None, "it")
    it = InstanceType("t3.micro")
    assert check_instance_type(faults, "instance_type", it) is it
    assert check_instance_type(faults, "instance_type", "t3.micro") == it
    assert not faults


BAD_ARGUMENTS = {
    "none": (None, r'instance_type is None \(NoneType\): write InstanceType\("t3\.micro"\)'),
    "number": (3, r"instance_type is 3 \(int\)"),
    "family and size": (("t3", "micro"), r"\(tuple\): write InstanceType"),
    "unknown": ("t3.mikro", r"^host: instance_type: t3\.mikro is not in the catalog"),
    "form": ("micro", "^host: instance_type: micro is no instance type"),
}


@pytest.mark.parametrize(("value", "message"), BAD_ARGUMENTS.values(), ids=BAD_ARGUMENTS.keys())
def test_an_argument_of_another_kind_is_refused(value, message):
    faults = Faults(None, "host")
    assert check_instance_type(faults, "instance_type", value) is None
    with pytest.raises(ConfigurationError, match=message):
        faults.raise_any()


# --- successors

SUCCESSORS = {
    "m5.large": "m7i.large",
    "m4.large": "m7i.large",
    "m3.medium": "m7a.medium",
    "c5.large": "c6i.large",
    "c6gn.large": "c7gn.large",
    "c6gn.medium": "c7gn.medium",
    "t1.micro": "t3.micro",
}


@pytest.mark.parametrize(("name", "successor"), SUCCESSORS.items(), ids=SUCCESSORS.keys())
def test_the_successor_is_the_next_current_generation(name, successor):
    assert InstanceType(name).successor == InstanceType(successor)


@pytest.mark.parametrize("name", ["a1.large", "m1.small"])
def test_a_series_that_ended_has_no_successor(name):
    assert InstanceType(name).successor is None


@pytest.mark.parametrize("name", ["c5.9xlarge", "c5.18xlarge"])
def test_a_size_that_later_generations_lack_has_no_successor(name):
    assert InstanceType(name).successor is None


@pytest.mark.parametrize("name", [*NEWER_MACS, "u-3tb1.56xlarge"])
def test_a_name_without_generation_has_no_successor(name):
    assert InstanceType(name).successor is None


def types(*, current):
    return [
        InstanceType(f"{family.name}.{size}")
        for family in families().values()
        for size in family.sizes
        if family.current == current
    ]


def test_a_current_type_has_no_successor():
    assert {it.name: it.successor for it in types(current=True) if it.successor} == {}


def test_a_successor_is_current_and_runs_the_same_images():
    pairs = [(it, it.successor) for it in types(current=False) if it.successor]
    assert len(pairs) > 100
    for it, successor in pairs:
        assert successor.current_generation, it
        assert (successor.series, successor.size) == (it.series, it.size)
        assert successor.generation > it.generation
        assert set(successor.architectures) & set(it.architectures), it


# --- warnings


def test_a_type_that_is_current_and_offered_is_not_warned_of(tier):
    warn_of_instance_type(tier, InstanceType("t3.micro"))
    assert warnings(tier) == []


def test_a_previous_generation_is_warned_of_with_its_successor(tier):
    warn_of_instance_type(tier, InstanceType("m5.large"))
    (warning,) = warnings(tier)
    assert warning.startswith(
        "[previous-generation] m5.large is of a previous generation. "
        "m7i.large is its successor. To accept it: acknowledge("
    )


def test_a_previous_generation_without_successor_is_warned_of(tier):
    warn_of_instance_type(tier, InstanceType("a1.large"))
    (warning,) = warnings(tier)
    assert "a1.large is of a previous generation. To accept it" in warning


def test_a_previous_generation_can_be_accepted(tier):
    acknowledge(tier, "previous-generation", reason="the licence names this type")
    warn_of_instance_type(tier, InstanceType("m5.large"))
    assert warnings(tier) == []


def test_a_family_that_the_region_does_not_offer_is_warned_of(tier):
    warn_of_instance_type(tier, InstanceType("p6-b200.48xlarge"))
    (warning,) = warnings(tier)
    assert warning.startswith(
        "[instance-type-not-offered] eu-central-1 did not offer p6-b200 as of the catalog."
    )


def test_the_warning_follows_the_region(app):
    tier = in_region(app, "us-east-1")
    warn_of_instance_type(tier, InstanceType("p6-b200.48xlarge"))
    assert warnings(tier) == []


def test_what_is_not_offered_can_be_accepted(tier):
    acknowledge(tier, "instance-type-not-offered", reason="offered since last week")
    warn_of_instance_type(tier, InstanceType("p6-b200.48xlarge"))
    assert warnings(tier) == []


def test_both_warnings_are_told(tier):
    warn_of_instance_type(tier, InstanceType("t1.micro"))
    assert [text.partition("]")[0] for text in warnings(tier)] == [
        "[previous-generation",
        "[instance-type-not-offered",
    ]


def test_a_region_that_the_catalog_does_not_know_is_not_warned_of(app):
    assert "us-gov-west-1" not in catalog_regions()
    tier = in_region(app, "us-gov-west-1")
    warn_of_instance_type(tier, InstanceType("p6-b200.48xlarge"))
    assert warnings(tier) == []


def test_a_plain_stack_has_no_region_to_warn_of(app):
    stack = TerraformStack(app, "plain")
    warn_of_instance_type(stack, InstanceType("p6-b200.48xlarge"))
    assert warnings(stack) == []


def test_an_unchecked_type_is_not_warned_of(tier):
    warn_of_instance_type(tier, InstanceType.unchecked("m99.large"))
    assert warnings(tier) == []


def test_metal_types_of_a_previous_generation_are_warned_of(tier):
    warn_of_instance_type(tier, InstanceType("m5.metal"))
    assert len(warnings(tier)) == 1


@pytest.mark.parametrize("name", NEWER_MACS)
def test_a_host_for_newer_macs_can_be_made(tier, synth, name):
    DedicatedHost(tier, "mac", availability_zone="eu-central-1a", instance_type=name)
    synth(tier).has_resource("aws_ec2_host", {"instance_type": name})
