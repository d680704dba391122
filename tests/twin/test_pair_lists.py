"""What a list of treated pairs decides alone, and the search over documented lists."""

import numpy as np
import pandas as pd
import pytest

from enclave import facts
from enclave.base.terms import DISTANCES, PAIR
from enclave.estimators import did
from enclave.facts import treated_pairs

pytest.importorskip("numba")
from enclave_twin.fit import linear_forms, pair_lists, stages, start, table_ratios

pytestmark = pytest.mark.fit


@pytest.fixture(scope="module")
def found():
    return start.one_draw(treated_pairs.by_rule(), np.random.default_rng(3), frozenset())


@pytest.fixture(scope="module")
def panel(found):
    cells = found.pairs[[*PAIR, "cohort"]].merge(pd.DataFrame({"year": linear_forms.YEARS}), how="cross")
    cohort = cells["cohort"].where(cells["cohort"] < stages.NEVER).astype("Int64")
    return cells.assign(count=found.counts.ravel(), cohort=cohort)


@pytest.fixture(scope="module")
def decided(found):
    own = found.pairs[found.pairs["cohort"] < stages.NEVER]
    return table_ratios.distances(own["cohort"].to_numpy(), own[DISTANCES].to_numpy())


@pytest.mark.parametrize("number", range(4))
def test_a_list_alone_ties_the_columns_of_tables_2_and_4_together(panel, found, decided, number):
    short = did.twfe(panel, "count")
    km = found.pairs.set_index(PAIR)[DISTANCES[number]]
    long = did.twfe(panel, "count", interaction=km)
    delta, left = decided[0][number], decided[1][number]
    b1, b2 = long["estimate"]
    total = ((panel["count"] - panel["count"].mean()) ** 2).sum()
    assert short["estimate"].item() == pytest.approx(b1 + b2 * delta, abs=1e-10)
    assert long["r2"].iloc[0] - short["r2"].item() == pytest.approx(b2**2 * left / total, abs=1e-12)


def _made_up(short, treat, slope, gain):
    """One column that prints these intervals, of the first distance."""
    return table_ratios.Printed(*(np.array([one]) for one in (short, treat, slope, gain)), np.array([0]))


def test_a_ratio_is_broken_by_as_many_half_intervals_as_the_slope_is_off():
    cohort, km = np.array([2005, 2010]), np.full((2, 4), 100.0)
    delta, left = table_ratios.distances(cohort, km)
    assert delta == pytest.approx(100)
    assert left == pytest.approx(0, abs=1e-6)
    # (1 - 2) / 100 = -0.01 for any list whose pairs are all 100 km apart
    met = _made_up((1.0, 1.0), (2.0, 2.0), (-0.0105, -0.0095), (-0.1, 0.1))
    off = _made_up((1.0, 1.0), (2.0, 2.0), (-0.0125, -0.0115), (-0.1, 0.1))
    assert table_ratios.broken(cohort, km, *met, 1.0) == pytest.approx((0, 0))
    assert table_ratios.broken(cohort, km, *off, 1.0) == pytest.approx((1, 3))


def test_a_gain_in_r2_that_no_slope_gives_is_broken_too():
    cohort, km = np.array([2005, 2010]), np.full((2, 4), 100.0)
    given = _made_up((1.0, 1.0), (2.0, 2.0), (-0.0105, -0.0095), (0.01, 0.02))
    assert table_ratios.broken(cohort, km, *given, 1.0) == pytest.approx((1, 2))


def test_no_documented_list_that_the_search_finds_meets_the_slope_of_the_centroid_distance():
    best = pair_lists.searched(seed=2, starts=2, kept=3)
    given = table_ratios.printed()
    assert best["number"].nunique() == 3
    for _, one in best.groupby("number"):
        rows = one.merge(facts.distances(), on=PAIR)
        delta, _ = table_ratios.distances(rows["cohort"].to_numpy(), rows[DISTANCES].to_numpy())
        count, away = table_ratios.broken(
            rows["cohort"].to_numpy(), rows[DISTANCES].to_numpy(), *given, pair_lists.total()
        )
        assert count == 1
        assert away < 0.7
        assert (given.short[2, 1] - given.treat[2, 0]) / delta[1] < given.slope[2, 0]


def test_lists_that_the_search_finds_are_documented_and_of_thirteen_pairs():
    best = pair_lists.searched(seed=3, starts=1, kept=2)
    known = pair_lists.candidates()
    assert best.groupby("number").size().eq(13).all()
    assert not best.duplicated(["number", *PAIR]).any()
    assert len(best.merge(known[[*PAIR, "cohort"]], on=[*PAIR, "cohort"])) == len(best)
    assert best.groupby("number")["missed"].first().is_monotonic_increasing


def test_the_same_seed_finds_the_same_lists():
    pd.testing.assert_frame_equal(pair_lists.searched(4, 1, 1), pair_lists.searched(4, 1, 1))


def test_neighbours_of_a_list_differ_from_it_in_one_place_and_break_few_ratios():
    pool = pair_lists.Pool(pair_lists.candidates())
    one = next(found[0] for seed in range(20) if (found := pool.few_broken(seed)))
    near = pool.neighbours(one)
    assert near
    assert all(len(set(other) - set(one)) == 1 and len({pair for pair, _ in other}) == 13 for other in near)
    assert all(pool.broken(other) < pair_lists.BROKEN for other in near)


def test_effects_of_a_list_give_the_estimate_of_table_2_and_go_with_their_pairs():
    treated = treated_pairs.by_rule()
    made = pair_lists.with_effects(treated)
    pd.testing.assert_frame_equal(made[PAIR], treated[PAIR].sort_values(PAIR, ignore_index=True))
    every = stages.linked_pairs(made, facts.distances()[PAIR])
    after = every["cohort"].to_numpy()[:, None] <= linear_forms.YEARS
    level = np.where(after, every["effect"].fillna(0).to_numpy()[:, None], 0)
    cells = every[[*PAIR, "cohort"]].merge(pd.DataFrame({"year": linear_forms.YEARS}), how="cross")
    cohort = cells["cohort"].where(cells["cohort"] < stages.NEVER).astype("Int64")
    cells = cells.assign(count=level.ravel(), cohort=cohort)
    assert did.twfe(cells, "count")["estimate"].item() == pytest.approx(1.459, rel=0.25)
