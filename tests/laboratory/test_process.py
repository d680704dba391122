import numpy as np
import pandas as pd
import pytest

from enclave.base.errors import EnclaveError
from enclave.laboratory import process
from enclave.laboratory.process import PERIODS, UNITS, Dials


def test_the_mean_of_a_pair_by_hand():
    # one cohort per treated pair: first treated in 2005, year 5 of the panel. With effect 0.5, growth 0.1, drift 0.02,
    # two years of anticipation and no spread or decay, year 3 has 0.5 and year 7 has 0.5 + 2 x 0.1; drift is t x 0.02
    dials = Dials(4, effect=0.5, growth=0.1, drift=0.02, anticipation=2)
    pairs = process.design(4)
    [own] = np.flatnonzero(pairs.first == 5)
    made = process.means(dials)[own] - pairs.level[own]
    wanted = {0: 0.0, 2: 2 * 0.07, 3: 3 * 0.07 + 0.5, 5: 5 * 0.07 + 0.5, 7: 7 * 0.07 + 0.7}
    for year, value in wanted.items():
        assert made[year] == pytest.approx(value)


def test_the_true_effect_of_a_constant_effect_is_this_effect():
    for treated in (2, 13, 88):
        assert process.truth(Dials(treated, effect=0.7, drift=0.3, spillover=0.5, anticipation=3)) == pytest.approx(0.7)


def test_the_true_effect_of_one_that_grows_by_hand():
    # two pairs: first treated in year 5 (14 years with a park) and in year 10 (9 years); means of s are 6.5 and 4
    first = process.design(2).first
    years = PERIODS - first[first < PERIODS]
    assert sorted(years) == [9, 14]
    assert process.truth(Dials(2, effect=0.0, growth=1.0)) == pytest.approx((14 * 6.5 + 9 * 4) / 23)


def test_the_effect_falls_with_distance_and_with_later_cohorts():
    pairs, last = process.design(30), PERIODS - 1
    far = process.effects(Dials(30, effect=1.0, decay=0.8))[pairs.ever, last]
    order = np.argsort(pairs.distance[pairs.ever])
    assert (np.diff(far[order]) < 0).all()
    share = (pairs.distance[pairs.ever] - 50) / 356
    assert far == pytest.approx(1 - 0.8 * share)
    late = process.effects(Dials(30, effect=1.0, spread=0.8))[pairs.ever, last]
    assert late[pairs.first[pairs.ever] == 5] == pytest.approx(1.8)
    assert late[pairs.first[pairs.ever] == 13] == pytest.approx(0.2)


def test_a_spillover_hits_untreated_pairs_of_recipients_with_a_park_and_no_others():
    pairs = process.design(4)
    gained = process.means(Dials(4, spillover=0.5)) - process.means(Dials(4))
    hit = np.isin(pairs.recipient, pairs.recipient[pairs.ever]) & ~pairs.ever
    assert gained[hit, PERIODS - 1] == pytest.approx(0.25)
    assert (gained[~hit] == 0).all()
    assert 0 < hit.sum() < UNITS - 4


@pytest.mark.parametrize("serial", [0.0, 0.9])
def test_errors_have_variance_one_and_the_correlation_of_their_dial(serial):
    dials = Dials(serial=serial)
    errors = process.draws(dials, 200, seed=1) - process.means(dials)
    assert errors.var() == pytest.approx(1, abs=0.02)
    assert (errors[..., 1:] * errors[..., :-1]).mean() == pytest.approx(serial, abs=0.02)


@pytest.mark.parametrize("dispersion", [0.0, 1.0])
def test_counts_have_the_mean_and_the_variance_of_their_dials(dispersion):
    dials = Dials(dispersion=dispersion)
    made, mean = process.draws(dials, 400, seed=2), process.means(dials)
    assert (made == np.round(made)).all()
    assert (made - mean).mean() == pytest.approx(0, abs=0.01)
    assert ((made - mean) ** 2).mean() == pytest.approx((mean + dispersion * mean**2).mean(), rel=0.03)


def test_noisier_pairs_are_the_treated_ones():
    dials = Dials(noise=2.0)
    spread = (process.draws(dials, 200, seed=3) - process.means(dials)).std(axis=(0, 2))
    ever = process.design(13).ever
    assert spread[ever] == pytest.approx(2, rel=0.1)
    assert spread[~ever] == pytest.approx(1, rel=0.1)


def test_the_same_seed_gives_the_same_panel_and_its_rows_are_those_of_the_draw():
    dials = Dials(treated=13, drift=0.1)
    made = process.panel(dials, seed=5)
    pd.testing.assert_frame_equal(made, process.panel(dials, seed=5))
    wide = made.pivot(index=["helper", "recipient"], columns="year", values="outcome").to_numpy()
    assert (wide == process.draws(dials, 1, seed=5)[0]).all()
    first = made.drop_duplicates(["helper", "recipient"])["cohort"]
    assert first.notna().sum() == 13
    assert (first.dropna().to_numpy() - 2000 == process.design(13).first[process.design(13).ever]).all()


@pytest.mark.parametrize(
    "wrong",
    [
        {"treated": 1},
        {"treated": 89},
        {"serial": 1.0},
        {"anticipation": 5},
        {"noise": 0.0},
        {"noise": 2.0, "dispersion": 1.0},
        {"dispersion": -1.0},
        {"effect": float("nan")},
    ],
)
def test_a_dial_outside_its_range_is_refused(wrong):
    with pytest.raises(EnclaveError):
        Dials(**wrong)


def test_a_count_without_a_mean_above_zero_is_refused():
    with pytest.raises(EnclaveError, match="mean of a count"):
        process.draws(Dials(effect=-9.0, dispersion=0.0), 1, seed=0)
