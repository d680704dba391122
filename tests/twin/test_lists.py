"""Which lists of treated pairs print allows: conditions by a second program, counts by brute force, proofs."""

import itertools
from math import prod

import numpy as np
import pandas as pd
import pytest

from enclave import facts
from enclave.base import paths
from enclave.base.terms import DISTANCES, PAIR
from enclave.facts import conventions

pytest.importorskip("numba")
from enclave_twin.fit import table_ratios
from enclave_twin.lists import candidates, counting, options, parts, proofs, ratios, search
from enclave_twin.lists.options import BOUNDS, CITY, DOCUMENTED, LOWER, TREATED, Class

PAIRS, YEARS = 88, np.arange(2000, 2019)
# printed in Tables 2 and 4, typed here anew: column of Table 4 -> treat, slope, R2; and treat, R2 of Table 2
FOUR = {
    1: (2.691, -0.011, 0.544),
    2: (2.522, -0.009, 0.580),
    3: (3.984, -0.010, 0.542),
    4: (3.646, -0.009, 0.579),
    5: (3.026, -0.010, 0.539),
    6: (2.776, -0.009, 0.576),
    7: (1.970, -0.019, 0.540),
    8: (1.836, -0.015, 0.576),
}
TWO = {0: (1.459, 0.534), 1: (1.420, 0.572)}
HALF = 0.0005
# widens intervals at both ends
ANYTHING = np.array([-1.0, 1.0])
# Table 1: rows, mean, deviation of control and treated links, with the half units of their last digits
TABLE_1 = [(1425, 0.55, 0.005, 1.16, 0.005), (247, 2.5, 0.05, 4.12, 0.005)]
# worked out by hand from the dates in parks.csv
BY_HAND = {
    ("Zhongshan", "Heyuan"): {2005: "milestone", 2008: "milestone"},
    ("Guangzhou", "Yangjiang"): {2008: "milestone", 2009: "milestone"},
    ("Foshan", "Qingyuan"): dict.fromkeys((2006, 2007, 2008), "before first report") | {2009: "first report"},
    ("Zhongshan", "Chaozhou"): dict.fromkeys((2012, 2013, 2014), "before first report") | {2015: "first report"},
    ("Guangzhou", "Zhanjiang"): dict.fromkeys(range(2008, 2014), "undated"),
    ("Guangzhou", "Meizhou"): {2008: "milestone", 2013: "other date"},
}


def read(name):
    return pd.read_csv(paths.LISTS / f"{name}.csv")


def codes(table):
    code = facts.cities().set_index("name")["code"]
    return table.assign(helper=table["helper_city"].map(code), recipient=table["recipient_city"].map(code))


@pytest.fixture(scope="module")
def dummies():
    """An orthonormal basis of the space of pair and year dummies on 88 x 19 cells."""
    pair, year = np.divmod(np.arange(PAIRS * len(YEARS)), len(YEARS))
    both = np.column_stack([pair[:, None] == np.arange(PAIRS), year[:, None] == np.arange(1, len(YEARS))]).astype(float)
    return np.linalg.qr(both)[0]


def regressed(dummies, cohort, km):
    """Coefficient and residual sum of squares of treat x distance on treat and dummies, one of each per distance."""
    after = np.zeros((PAIRS, len(YEARS)))
    after[: len(cohort)] = np.asarray(cohort)[:, None] <= YEARS
    columns = [after]
    for far in np.asarray(km).T:
        own = np.zeros((PAIRS, len(YEARS)))
        own[: len(cohort)] = after[: len(cohort)] * far[:, None]
        columns.append(own)
    cells = np.column_stack([column.ravel() for column in columns])
    left = cells - dummies @ (dummies.T @ cells)
    treat, crossed = left[:, 0], left[:, 1:]
    delta = treat @ crossed / (treat @ treat)
    return delta, ((crossed - np.outer(treat, delta)) ** 2).sum(axis=0)


def total(end):
    """Total sum of squares of the counts at one end of what Table 1 allows."""
    sign = (-1, 1)[end]
    within = sum((n - 1) * (sd + sign * half) ** 2 for n, _, _, sd, half in TABLE_1)
    (n, mean, half, *_), (m, other, other_half, *_) = TABLE_1
    return within + n * m / (n + m) * (other - mean + sign * (half + other_half)) ** 2


def missed(column, delta, left):
    """Half intervals by which a list misses the slope and the gain of a column of Table 4, by hand."""
    treat, slope, r2 = FOUR[column]
    short, short_r2 = TWO[1 - column % 2]
    low = max((short - treat - 2 * HALF) / delta, slope - HALF)
    high = min((short - treat + 2 * HALF) / delta, slope + HALF)
    steep, flat = max(abs(low), abs(high)), min(abs(low), abs(high))
    gain = r2 - short_r2
    over, under = flat**2 * left / total(1) - gain - 2 * HALF, gain - 2 * HALF - steep**2 * left / total(0)
    return max(0, (low - high) / HALF), max(0, over, under) / (2 * HALF)


def test_every_condition_of_every_committed_candidate_is_that_of_a_regression_with_dummies(dummies):
    measured = conventions.committed()
    rows, pairs = read("candidate_conditions"), codes(read("treated_candidates"))
    convention = read("candidates").set_index("rank")["convention"]
    assert set(pairs["rank"]) == set(rows["rank"]) == set(convention.index)
    for rank, own in pairs.groupby("rank"):
        far = own[PAIR].merge(measured[convention[rank]], on=PAIR, how="left")[DISTANCES]
        delta, left = regressed(dummies, own["cohort"], far)
        given = rows[rows["rank"] == rank].set_index(["column", "condition"])
        for column in FOUR:
            number = (column - 1) // 2
            assert given.loc[(column, "slope"), "given_low"] == pytest.approx(delta[number], abs=1e-5)
            both = given.loc[[(column, "slope"), (column, "gain")], "missed"]
            assert both.tolist() == pytest.approx(missed(column, delta[number], left[number]), abs=6e-5), (rank, column)


def test_the_summaries_of_the_candidates_are_those_of_their_conditions_and_pairs():
    table = read("candidates").set_index("rank")
    rows, pairs = read("candidate_conditions"), read("treated_candidates")
    plain = rows[rows["controls"] == 0]
    assert (rows["missed"] > 0).groupby(rows["rank"]).sum().to_dict() == table["broken_16"].to_dict()
    assert (plain["missed"] > 0).groupby(plain["rank"]).sum().to_dict() == table["broken_8"].to_dict()
    assert rows.groupby("rank")["missed"].sum().to_dict() == pytest.approx(table["away_16"].to_dict(), abs=1e-3)
    assert (pairs["level"] == LOWER).groupby(pairs["rank"]).sum().to_dict() == table["lower"].to_dict()
    assert pairs["basis"].isin(BOUNDS).groupby(pairs["rank"]).sum().to_dict() == table["bounds"].to_dict()
    assert (pairs.groupby("rank").size() == TREATED).all()


def test_every_committed_candidate_is_documented_and_has_what_was_required():
    known = options.options().drop_duplicates([*PAIR, "cohort", "park"])
    pairs = codes(read("treated_candidates")).rename(columns={"park_zh": "park"})
    assert len(pairs.merge(known, on=[*PAIR, "cohort", "park", "level", "basis"])) == len(pairs)
    assert not pairs.duplicated(["rank", *PAIR]).any()
    required = read("candidates").set_index("rank")["required"]
    cities = pairs[pairs["level"] == CITY].groupby("rank")[["helper_city", "recipient_city"]]
    have = {rank: set(own.itertuples(index=False, name=None)) for rank, own in cities}
    assert [rank for rank, word in required.items() if not set(candidates.REQUIRED[word]) <= have[rank]] == []


def test_the_shape_of_a_list_is_that_of_a_regression_with_dummies(dummies):
    rng = np.random.default_rng(1)
    cohort, km = rng.integers(2005, 2016, TREATED), rng.uniform(0, 400, (TREATED, 4))
    for ours, other in zip(ratios.shape(2019 - cohort, km), regressed(dummies, cohort, km), strict=True):
        assert ours == pytest.approx(other, rel=1e-9)


def test_the_total_sum_of_squares_is_between_what_table_1_allows_by_hand():
    assert ratios.total() == pytest.approx([total(0), total(1)])


def test_options_are_those_worked_out_by_hand():
    name = facts.cities().set_index("code")["name"]
    found = options.options()
    found = found[found["level"] == CITY]
    for (helper, recipient), years in BY_HAND.items():
        own = found[(found["helper"].map(name) == helper) & (found["recipient"].map(name) == recipient)]
        assert dict(zip(own["cohort"], own["basis"], strict=True)) == years, (helper, recipient)


def test_a_class_takes_the_best_evidence_of_each_year():
    made = options.options()
    whole = options.in_class(made, Class(TREATED, bounds=True))
    assert not whole.duplicated([*PAIR, "cohort"]).any()
    city = made[made["level"] == CITY][[*PAIR, "cohort"]].drop_duplicates()
    assert whole.merge(city, on=[*PAIR, "cohort"])["level"].eq(CITY).all()
    assert options.in_class(made, Class(0, bounds=False))["basis"].isin(DOCUMENTED).all()
    assert set(options.in_class(made, Class(0, bounds=True))["level"]) == {CITY}


@pytest.fixture(scope="module")
def small():
    """The options of the smallest class, and their arrays under two conventions."""
    measured = conventions.committed()
    table = options.in_class(options.options(), Class(0, bounds=False))
    return table, counting.pool(table, {name: measured[name] for name in ("equal_area", "web_mercator")})


def every_list(table):
    """All lists of 13 pairs, as positions in the table."""
    groups = [list(own.index) for _, own in table.groupby(PAIR)]
    for chosen in itertools.combinations(groups, TREATED):
        yield from itertools.product(*chosen)


def wide(asked, factor):
    """The same print with wider intervals of the slopes of Table 4, so that some lists meet them."""
    middle = asked.slope.mean(axis=1, keepdims=True)
    return asked._replace(slope=middle + factor * (asked.slope - middle))


@pytest.mark.parametrize("factor", [4.0, 9.0])
def test_a_count_is_that_of_brute_force(small, factor):
    table, given = small
    asked = wide(ratios.asked(), factor)
    counted = counting.counted(given, asked, 0)
    expected = np.zeros((2, len(counting.STAGES)), int)
    places = table.groupby(PAIR).ngroup().to_numpy()
    tried = 0
    for chosen in map(list, every_list(table)):
        tried += 1
        for number in range(2):
            km = np.ascontiguousarray(given.km[places[chosen], :, number])
            shape = table_ratios.distances(table["cohort"].to_numpy()[chosen], km)
            away = ratios.misses(*shape, asked)
            one = ratios.one_r2(*shape, asked, 0)
            plain, whole = away[::2].sum() == 0, away.sum() == 0
            both = one and ratios.one_r2(*shape, asked, 1)
            expected[number] += [away[::2, 0].sum() == 0, plain, plain and one, whole, whole and both]
    assert counted.tried[0] == tried
    assert expected[:, 0].sum() > 0
    assert counted.meeting[:, 0].tolist() == expected.tolist()


def test_parts_of_a_count_add_up_to_the_whole(small):
    _, given = small
    asked = wide(ratios.asked(), 9.0)
    whole = counting.counted(given, asked, 0)
    pieces = counting.together([counting.counted(given, asked, 0, prefix) for prefix in counting.prefixes(given)])
    assert pieces.tried.tolist() == whole.tried.tolist()
    assert pieces.meeting.tolist() == whole.meeting.tolist()


def test_a_short_count_finds_the_committed_one_for_few_lower_parks():
    one = parts.CLASSES[0]
    measured = conventions.committed()
    given = counting.pool(options.in_class(options.options(), one), {name: measured[name] for name in parts.COUNTED})
    found = counting.by_lower(counting.counted(given, ratios.asked(), 1), parts.COUNTED, Class(1, one.bounds))
    committed = read("counts").query("`class` == @one.name and lower <= 1").drop(columns="class")
    pd.testing.assert_frame_equal(
        found.drop(columns="class").reset_index(drop=True), committed.reset_index(drop=True), check_dtype=False
    )


@pytest.mark.parametrize("one", parts.CLASSES, ids=lambda one: one.name)
def test_the_committed_counts_tried_as_many_lists_as_there_are(one):
    table = options.in_class(options.options(), one)
    sizes = [own["level"].eq(LOWER).value_counts() for _, own in table.groupby(PAIR)]
    ways = np.zeros((TREATED + 1, TREATED + 1), dtype=object)
    ways[0, 0] = 1
    for size in sizes:
        before = ways.copy()
        ways[1:] += before[:-1] * int(size.get(False, 0))
        ways[1:, 1:] += before[:-1, :-1] * int(size.get(True, 0))
    tried = read("counts").query("`class` == @one.name").groupby("lower")["lists"].first()
    assert tried.tolist() == [int(number) for number in ways[TREATED, : one.lower + 1]]
    # the lists without a lower park again, from the sizes alone
    city = [int(size.get(False, 0)) for size in sizes if size.get(False, 0)]
    assert tried[0] == sum(prod(chosen) for chosen in itertools.combinations(city, TREATED))


def test_weights_of_random_lists_are_within_the_limits_of_the_proof():
    rng = np.random.default_rng(2)
    years = np.arange(4, 15)
    alone, least, most = proofs.weights(years)
    for _ in range(200):
        own = rng.integers(0, len(years), TREATED)
        after = (np.arange(19) >= 19 - years[own][:, None]).astype(float)
        left = after - after.mean(axis=1, keepdims=True)
        weight = (left @ left.T * (np.eye(TREATED) - 1 / PAIRS)).sum(axis=1)
        assert (weight >= least[own] - 1e-9).all()
        assert (weight <= most[own] + 1e-9).all()
        assert alone[own] == pytest.approx((left**2).sum(axis=1) * (1 - 1 / PAIRS))


def test_lists_that_meet_the_eight_conditions_meet_the_weaker_ones_of_the_proof():
    table, pairs, measured = read("candidates"), codes(read("treated_candidates")), conventions.committed()
    every = options.in_class(options.options(), Class(TREATED, bounds=True))
    meeting = table[table["broken_8"] == 0]
    assert len(meeting) >= 3
    for row in meeting.itertuples():
        far = every[PAIR].merge(measured[row.convention], on=PAIR, how="left")[DISTANCES].to_numpy()
        rows, least = proofs._weaker(2019 - every["cohort"].to_numpy(), far)
        own = pairs[pairs["rank"] == row.rank][[*PAIR, "cohort"]]
        chosen = every.merge(own, on=[*PAIR, "cohort"], how="left", indicator=True)["_merge"] == "both"
        assert chosen.sum() == TREATED
        assert (rows @ chosen.to_numpy() >= least).all(), row.rank


def test_no_committed_candidate_with_documented_years_has_fewer_lower_parks_than_are_proven():
    proven = read("proofs").query("required == 'none'").set_index("convention")["fewest_lower"].fillna(TREATED + 1)
    meeting = read("candidates").query("broken_8 == 0 and bounds == 0")
    assert [row.rank for row in meeting.itertuples() if row.lower < proven[row.convention]] == []


def test_a_proof_found_again_is_the_committed_one():
    measured = conventions.committed()
    table = options.in_class(options.options(), Class(TREATED, bounds=False))
    committed = read("proofs").query("required == 'none'").set_index("convention")
    assert proofs.fewest_lower(table, measured["equal_area"], []) is None
    assert pd.isna(committed.loc["equal_area", "fewest_lower"])
    assert proofs.fewest_lower(table, measured["degrees_111"], []) == committed.loc["degrees_111", "fewest_lower"]


@pytest.fixture(scope="module")
def found():
    table = options.in_class(options.options(), Class(TREATED, bounds=True))
    required = candidates.codes(candidates.REQUIRED["named"])
    order, space = search.space(table, conventions.committed()["lambert_china"], required)
    return order, space, required, search.annealed(space, ratios.asked(), "sixteen", 3, 1, 4000)


def test_lists_of_a_search_have_the_evidence_of_their_place_and_the_required_pairs(found):
    order, space, required, kept = found
    places = np.argwhere(np.isfinite(kept.away))
    assert len(places) > 20
    for lower, bounds in places:
        rows = order.loc[kept.options[lower, bounds]]
        assert (rows["level"] == LOWER).sum() == lower
        assert rows["basis"].isin(BOUNDS).sum() == bounds
        assert not rows.duplicated(PAIR).any()
        city = rows[rows["level"] == CITY]
        assert set(required) <= set(city[PAIR].itertuples(index=False, name=None))
        km = space.km[[np.searchsorted(space.start, one, side="right") - 1 for one in rows.index]]
        away = ratios.conditions(rows["cohort"].to_numpy(), km)["missed"].sum()
        assert kept.away[lower, bounds] == pytest.approx(away, abs=1e-9)


@pytest.mark.slow
def test_the_same_seed_finds_the_same_lists_and_another_seed_others(found):
    _, space, _, kept = found
    again = search.annealed(space, ratios.asked(), "sixteen", 3, 1, 4000)
    other = search.annealed(space, ratios.asked(), "sixteen", 4, 1, 4000)
    assert np.array_equal(again.away, kept.away)
    assert np.array_equal(again.options, kept.options)
    assert not np.array_equal(other.options, kept.options)


def test_a_walk_stays_among_lists_with_thirteen_pairs_that_meet_its_aim(found):
    order, space, required, kept = found
    start = kept.options[candidates.chosen(kept, candidates.NEAREST)]
    # print that asks nothing: each list meets it, so the walk is free
    asked = ratios.asked()
    wider = {
        name: getattr(asked, name) + ANYTHING * width for name, width in (("slope", 9), ("treat", 9e3), ("gain", 1e9))
    }
    free = asked._replace(**wider)
    share = search.walked(space, free, 1, start, 1, 20_000)
    assert share.sum() == pytest.approx(TREATED)
    own = pd.Series(share, index=pd.MultiIndex.from_frame(order[PAIR])).groupby(level=[0, 1]).sum()
    others = own.drop(required)
    assert own[required].tolist() == pytest.approx([1.0, 1.0])
    assert (others > 0).all()


def test_the_rule_takes_fewest_lower_parks_then_bounds_then_the_nearest():
    away = np.full((14, 14), np.inf)
    away[1, 0], away[2, 3], away[2, 1], away[5, 5] = 0.4, 0.1, 0.2, 0.0
    kept = search.Archive(away, np.zeros((14, 14, TREATED), np.int64))
    assert candidates.chosen(kept, candidates.BY_RULE) == (2, 1)
    assert candidates.chosen(kept, candidates.NEAREST) == (5, 5)
    away[2], away[5, 5] = np.inf, 0.3
    assert candidates.chosen(kept, candidates.BY_RULE) == (5, 5)
