from __future__ import annotations

import math

from terratiers import ConfigurationError
from terratiers.compute import BurstModel, CpuCredits, InstanceType
from terratiers.compute.burst_model import burst_model_of, default_cpu_credits
from terratiers.compute.catalog import families, type_names

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

T_TYPES = [name for name in type_names() if name.startswith(("t2.", "t3.", "t3a.", "t4g."))]

# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/burstable-credits-baseline-concepts.html
# vCPUs, credits per hour, most credits, baseline in percent
PUBLISHED = {
    "t2.nano": (1, 3, 72, 5),
    "t2.micro": (1, 6, 144, 10),
    "t2.small": (1, 12, 288, 20),
    "t2.medium": (2, 24, 576, 20),
    "t2.large": (2, 36, 864, 30),
    "t2.xlarge": (4, 54, 1296, 22.5),
    "t2.2xlarge": (8, 81.6, 1958.4, 17),
    "t3.nano": (2, 6, 144, 5),
    "t3.micro": (2, 12, 288, 10),
    "t3.small": (2, 24, 576, 20),
    "t3.medium": (2, 24, 576, 20),
    "t3.large": (2, 36, 864, 30),
    "t3.xlarge": (4, 96, 2304, 40),
    "t3.2xlarge": (8, 192, 4608, 40),
    "t3a.nano": (2, 6, 144, 5),
    "t3a.2xlarge": (8, 192, 4608, 40),
    "t4g.nano": (2, 6, 144, 5),
    "t4g.large": (2, 36, 864, 30),
    "t4g.2xlarge": (8, 192, 4608, 40),
}

models = st.integers(1, 64).flatmap(
    lambda vcpus: st.builds(
        BurstModel, vcpus=st.just(vcpus), credits_per_hour=st.floats(0.5, 50.0 * vcpus)
    )
)
loads = st.floats(0, 1)


@pytest.mark.parametrize(("name", "published"), PUBLISHED.items(), ids=PUBLISHED.keys())
def test_the_model_is_what_aws_publishes(name, published):
    model = InstanceType(name).burst_model
    assert (model.vcpus, model.credits_per_hour) == published[:2]
    assert model.max_balance == pytest.approx(published[2])
    assert 100 * model.baseline == pytest.approx(published[3])


@pytest.mark.parametrize("name", T_TYPES)
def test_every_burstable_type_has_a_model(name):
    it = InstanceType(name)
    assert it.burstable
    assert it.burst_model.vcpus == it.vcpus
    assert 0.05 <= it.burst_model.baseline + 1e-9 <= 0.5


def test_the_series_t_is_all_that_is_burstable():
    assert len(T_TYPES) == 28
    burstable = {family.name for family in families().values() if family.burstable}
    assert burstable == {"t2", "t3", "t3a", "t4g"}


@pytest.mark.parametrize("name", ["m5.large", "t1.micro", "trn1.2xlarge", "u-3tb1.56xlarge"])
def test_other_types_have_none(name):
    assert InstanceType(name).burst_model is None


def test_without_a_number_of_cpus_there_is_none():
    assert burst_model_of("t3.micro", None) is None
    assert burst_model_of("t9.micro", 2) is None
    assert burst_model_of("t3.micro", 2) == BurstModel(vcpus=2, credits_per_hour=12)


@pytest.mark.parametrize(
    ("family", "mode"),
    [
        ("t2", CpuCredits.STANDARD),
        ("t3", CpuCredits.UNLIMITED),
        ("t3a", CpuCredits.UNLIMITED),
        ("t4g", CpuCredits.UNLIMITED),
        ("t9", CpuCredits.UNLIMITED),
    ],
)
def test_aws_has_a_default_for_what_happens_without_credits(family, mode):
    assert default_cpu_credits(family) == mode
    assert mode in CpuCredits.ALL


# --- how long a load can be held

MINUTES = {
    # 288 credits, 2 spent and 0.2 earned a minute
    "t3.micro full": ("t3.micro", 1, None, 160),
    # 1 spent, 0.2 earned
    "t3.micro half": ("t3.micro", 0.5, None, 360),
    "t3.micro half of the credits": ("t3.micro", 1, 144, 80),
    "t3.micro no credits": ("t3.micro", 1, 0, 0),
    "t3.micro baseline": ("t3.micro", 0.1, None, math.inf),
    "t3.micro below": ("t3.micro", 0.05, None, math.inf),
    "t3.micro idle": ("t3.micro", 0, 0, math.inf),
    # 864 / (2 - 0.6)
    "t3.large full": ("t3.large", 1, None, 864 / 1.4),
    # 72 / (1 - 0.05)
    "t2.nano full": ("t2.nano", 1, None, 72 / 0.95),
    # 1958.4 / (8 - 1.36)
    "t2.2xlarge full": ("t2.2xlarge", 1.0, None, 1958.4 / 6.64),
    "t2.2xlarge baseline": ("t2.2xlarge", 0.17, None, math.inf),
    # 4608 / (8 * 0.65 - 3.2)
    "t4g.2xlarge": ("t4g.2xlarge", 0.65, None, 2304),
}


@pytest.mark.parametrize(
    ("name", "load", "balance", "minutes"), MINUTES.values(), ids=MINUTES.keys()
)
def test_credits_last_as_long_as_counted_by_hand(name, load, balance, minutes):
    assert InstanceType(name).burst_model.minutes_at(load, balance) == pytest.approx(minutes)


@given(model=models, one=loads, other=loads)
def test_more_load_spends_the_credits_sooner(model, one, other):
    low, high = sorted((one, other))
    assert model.minutes_at(low) >= model.minutes_at(high)


@given(model=models, load=loads, share=st.floats(0, 1))
def test_fewer_credits_are_spent_sooner(model, load, share):
    assert model.minutes_at(load, share * model.max_balance) <= model.minutes_at(load)


@given(model=models, share=st.floats(0, 1))
def test_the_baseline_and_less_can_be_held_for_ever(model, share):
    assert model.minutes_at(share * model.baseline) == math.inf


@given(model=models, load=loads)
def test_above_the_baseline_earned_and_spent_add_up(model, load):
    assume(load > model.baseline + 1e-3)
    minutes = model.minutes_at(load)
    earned = model.max_balance + minutes * model.credits_per_hour / 60
    assert minutes * load * model.vcpus == pytest.approx(earned)


BAD_LOADS = {
    "load negative": ({"load": -0.1}, r"load is -0\.1: it has to be 0 to 1\."),
    "load in percent": ({"load": 50}, r"load is 50: it has to be 0 to 1\."),
    "load a little too high": ({"load": 1.0001}, r"load is 1\.0001"),
    "load nan": ({"load": math.nan}, "load is nan"),
    "load infinite": ({"load": math.inf}, "load is inf"),
    "load none": ({"load": None}, "load is None"),
    "load bool": ({"load": True}, "load is True"),
    "load text": ({"load": "50 %"}, "load is 50 %"),
    "balance negative": (
        {"load": 1, "start_balance": -1},
        r"start_balance is -1: it has to be 0 to 288\.",
    ),
    "balance above the most": ({"load": 1, "start_balance": 289}, "start_balance is 289"),
    "balance nan": ({"load": 1, "start_balance": math.nan}, "start_balance is nan"),
    "balance bool": ({"load": 1, "start_balance": False}, "start_balance is False"),
    "balance text": ({"load": 1, "start_balance": "full"}, "start_balance is full"),
    "both": ({"load": 2, "start_balance": -1}, r"(?s)2 faults.*load is 2.*start_balance is -1"),
}


@pytest.mark.parametrize(("given", "message"), BAD_LOADS.values(), ids=BAD_LOADS.keys())
def test_values_outside_of_the_limits_are_refused(given, message):
    with pytest.raises(ConfigurationError, match=message):
        InstanceType("t3.micro").burst_model.minutes_at(**given)
