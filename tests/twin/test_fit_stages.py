"""The stages of a fit: what each improves, what it leaves unchanged, and what a stopped fit finds again."""

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pyfixest as pf
import pytest

from enclave.base import paths
from enclave.base.errors import InputError
from enclave.base.terms import PAIR
from enclave.estimators import did
from enclave.exhibits import appendix_c
from enclave.facts import treated_pairs
from enclave.panels import targets

pytest.importorskip("numba")
pytest.importorskip("flint")
from enclave_twin.counts import links
from enclave_twin.fit import (
    annealing_moves,
    continuous,
    controls,
    lattice,
    linear_forms,
    nested_annealing,
    plausibility,
    run,
    saved,
    stages,
    start,
    table_5,
    without_zeros,
    workers,
    yearbook,
)
from enclave_twin.fit import neutral_moves as moves
from enclave_twin.fit import targets as problem

pytestmark = pytest.mark.fit
SLOPE = ("4", "3", "treat_x_distance_centroid", "estimate")
HOW = nested_annealing.Cooling(1.0, 30.0, 5, 300, 5.0)


@pytest.fixture(scope="module")
def found():
    """A start that no stage has changed yet."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(start, "DRAWS", 5)
        return start.drawn(treated_pairs.by_rule(), seed=3)


@pytest.fixture(scope="module")
def scores(found):
    shape = (found.pairs["recipient"].nunique(), stages.CONTROLS)
    return np.random.default_rng(5).normal(size=shape).clip(-1.5, 1.5)


def quiet(text):
    """Ignores the messages of a stage."""


def test_a_start_is_thirteen_treated_pairs_of_88_and_no_pair_is_empty(found):
    assert len(found.pairs) == 88
    assert (found.pairs["cohort"] < stages.NEVER).sum() == 13
    assert (found.counts.sum(axis=1) > 0).all()


def test_a_relaxed_number_may_miss_by_nearly_a_unit_and_others_by_nothing():
    plain, relaxed = problem.Wanted(), problem.Wanted(frozenset([SLOPE]))
    for wanted in (plain, relaxed):
        wanted.printed(4, 3, *SLOPE[2:])
        wanted.printed(4, 3, "treat", "estimate")
    assert (plain.low[0], plain.high[0]) == pytest.approx((-0.0105, -0.0095))
    assert (relaxed.low[0], relaxed.high[0]) == pytest.approx((-0.01148, -0.00852))
    assert (relaxed.low[1], relaxed.high[1]) == (plain.low[1], plain.high[1])


def test_each_treated_pair_has_a_largest_share_of_their_total(found):
    search, treated = stages.without_controls(found), np.flatnonzero(found.pairs["cohort"] < stages.NEVER)
    made = dict(zip(search.wanted.names, search.values(found.counts.ravel()), strict=True))
    most = dict(zip(search.wanted.names, search.wanted.high, strict=True))
    for pair in treated:
        assert made["total", pair] == pytest.approx(found.counts[pair].sum())
        # Table 1 prints a mean of 2.5 over thirteen pairs and nineteen years
        assert most["total", pair] == pytest.approx(stages.LARGEST_SHARE * 13 * 19 * 2.5, rel=0.02)


def test_relaxed_numbers_stay_relaxed_in_every_search_and_for_the_controls(found, scores):
    given = replace(found, relaxed=frozenset([SLOPE]), scores=scores)
    search, columns = stages.search_of(given), stages.columns_of(given, given.counts)
    place = search.wanted.names.index(SLOPE)
    assert search.wanted.high[place] - search.wanted.low[place] == pytest.approx(0.001 * (1 + 2 * problem.RELAXED_BY))
    assert columns.wanted.relaxed == given.relaxed


@pytest.fixture(scope="module")
def real(found):
    """Real counts and controls that give the printed numbers or nearly so, but for what the list cannot give.

    With fewer steps than a fit takes, since these tests do not need the last digit.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(start, "ALONE", tuple((share, min(steps, 80)) for share, steps in start.ALONE))
        patch.setattr(start, "LAST", 40)
        patch.setattr(start, "STEPS_TO_TREND", 4)
        patch.setattr(start, "LEVEL_STEPS", 20)
        return _real(found)


def _real(found):
    given = start.real(stages.with_neutral_moves(replace(found, relaxed=targets.relaxed_targets(paths.TWIN))), 3)
    return given, given.known_cells


@pytest.fixture
def short(monkeypatch):
    """Few batches and walks and short coolings, which take seconds instead of minutes."""
    monkeypatch.setattr(start, "BATCHES", (12, 13))
    monkeypatch.setattr(start, "WALKS", 5)
    monkeypatch.setattr(start, "WHOLE_COOLING", start.WHOLE_COOLING._replace(chains=60))
    monkeypatch.setattr(stages, "CHAINS", (60,))


def test_real_counts_come_near_to_all_printed_numbers(found, real):
    given, cells = real
    search = stages.search_of(given)
    values, _ = continuous.linearised(search.arrays, cells)
    away = np.maximum(0, np.maximum(search.arrays.low - values, values - search.arrays.high)) * search.arrays.weight
    assert away.sum() < 0.05 * search.away(found.counts.ravel()).sum()
    assert (cells >= 0).all()


def test_real_values_of_whole_counts_are_those_of_the_search(found, scores):
    search = stages.search_of(replace(found, scores=scores))
    values, slopes = continuous.linearised(search.arrays, found.counts.ravel().astype(float))
    np.testing.assert_allclose(values, search.values(found.counts.ravel()), atol=1e-9)
    step = np.zeros(found.counts.size)
    step[[5, 300, 900]] = 1e-5
    moved, _ = continuous.linearised(search.arrays, found.counts.ravel() + step)
    np.testing.assert_allclose(moved - values, slopes @ step, atol=1e-7)


def test_whole_counts_are_near_the_real_ones_and_the_same_seed_gives_the_same(real, short):
    given, cells = real
    made = [start.rounding(given, 7) for _ in range(2)]
    assert (made[0].counts == made[1].counts).all()
    assert (made[0].counts.sum(axis=1) > 0).all()
    assert np.corrcoef(made[0].counts.ravel(), cells)[0, 1] > 0.7


def test_levelled_real_counts_have_no_spike_and_the_numbers_are_as_near_as_before(real):
    given, cells = real
    towering = stages.grid_of(given, cells).copy()
    never = int(np.flatnonzero(given.pairs["cohort"] == stages.NEVER)[5])
    towering[never, 8:11] = 0.0, 9.0, 0.0
    made = start.levelled(given, towering.ravel())
    assert plausibility.spikes(towering).max() >= 9.0
    assert plausibility.spikes(stages.grid_of(given, made)).max() < start.TOWERING
    assert start._far(given, made) < start._far(given, towering.ravel())


def test_lowering_keeps_the_sum_of_three_years():
    three = np.array([1.0, 12.0, 0.0])
    start._lower(three)
    assert three.sum() == pytest.approx(13)
    assert start.LOWERED_TO - start.GRAIN * 2 < plausibility.spikes(three[None])[0, 0] <= start.LOWERED_TO


def test_neutral_moves_change_no_estimate_by_more_than_they_may(found):
    given = stages.with_neutral_moves(found)
    search = stages.without_controls(given)
    counts = found.counts.ravel() + 1
    before, half = search.values(counts), np.array(search.wanted.half)
    linear = np.array([name[-1] == "estimate" and name[:2] != ("2", "3") for name in search.wanted.names])
    assert linear.sum() == 1 + 4 * 2 + 5
    assert len(given.neutral) > 10_000
    for cells in given.neutral[:: len(given.neutral) // 20]:
        moved = counts.copy()
        moved[cells] += [-1, 1, -1, 1]
        assert (np.abs(search.values(moved) - before)[linear] <= (moves.REACH + 1e-6) * half[linear]).all()
        assert set(cells[:2] // linear_forms.T) <= set(search.treated)
        assert len(set(cells)) == 4


@pytest.fixture(scope="module")
def shifts(real):
    """Whole changes of treated cells about the rounded real counts."""
    given, cells = real
    counts = np.maximum(np.rint(cells), 1).astype(np.int64)
    search = stages.search_of(given)
    treated = np.flatnonzero(np.repeat(search.arrays.treated, linear_forms.T))
    return search, counts, lattice.Lattice(search, counts, cells, treated)


def test_short_vectors_are_whole_changes_from_which_every_whole_change_can_be_put_together(shifts):
    _, _, made = shifts
    # a basis of all whole changes has determinant one or minus one
    assert abs(np.linalg.slogdet(made.vectors.astype(float))[1]) < 1e-6


def test_short_vectors_move_the_numbers_by_far_less_than_single_units_do(shifts):
    _, _, made = shifts
    moved = np.abs(made.vectors @ made.slopes).sum(axis=1)
    assert np.median(moved) < 0.1 * np.median(np.abs(made.slopes).sum(axis=1))
    assert np.abs(made.vectors).sum(axis=1).min() >= 2


def test_a_whole_change_near_a_real_one_moves_the_numbers_as_that_does_where_plain_rounding_does_not(shifts):
    _, _, made = shifts
    asked = np.random.default_rng(3).normal(0, 0.5, len(made.cells))
    change = made.nearest(asked, asked @ made.slopes)
    off, off_by_rounding = (np.abs((one - asked) @ made.slopes).mean() for one in (change, np.rint(asked)))
    assert change.dtype.kind == "i"
    assert off < 0.05 * off_by_rounding
    # a point of the lattice is its own nearest point
    own = made.vectors[7]
    assert (made.nearest(own.astype(float), own @ made.slopes) == own).all()


def test_slopes_of_the_lattice_are_what_a_unit_does_to_a_number_that_is_linear(shifts):
    search, counts, made = shifts
    name = ("2", "1", "treat", "estimate")
    number = search.wanted.names.index(name)
    more = counts.copy()
    more[made.cells[40]] += 1
    moved = (search.values(more) - search.values(counts))[number] / search.wanted.half[number]
    assert made.slopes[40, list(made.numbers).index(number)] == pytest.approx(moved, rel=1e-6)


def test_points_on_a_walk_come_nearer_to_print_than_plain_rounding_of_treated_cells(real):
    given, cells = real
    search = stages.search_of(given)
    weight = search.stiffness(np.rint(cells).astype(np.int64))
    made = lattice.whole(search, cells, start._spread(given), 12, 5, 4)
    plain = continuous.rounded(
        search.arrays, cells, start._spread(given), np.repeat(~search.arrays.treated, linear_forms.T), 12
    )
    plain = np.maximum(np.rint(plain), 0).astype(np.int64)
    assert search.away(made) @ weight < 0.5 * search.away(plain) @ weight
    assert search.allows(made)


def test_the_lattice_holds_the_treated_total_of_each_year_within_links_of_the_real_one(shifts):
    search, _, made = shifts
    treated, numbers = np.repeat(search.arrays.treated, linear_forms.T), len(made.numbers)
    by_year = made.slopes[:, numbers:]
    # one link in a cell is one link in the total of its year and in no other
    assert (by_year.sum(axis=1) == treated[made.cells]).all()
    assert (by_year.argmax(axis=1) == made.cells % linear_forms.T).all()
    np.testing.assert_allclose(made.high[numbers:] - made.low[numbers:], 2 * lattice.YEAR_LINKS)


@pytest.fixture(scope="module")
def half_empty(found):
    """Real counts of which many are below one link, and the treatment."""
    rng = np.random.default_rng(8)
    treat = (linear_forms.YEARS[None, :] >= found.pairs["cohort"].to_numpy()[:, None]).astype(float)
    cells = rng.gamma(0.5, 1.5, treat.shape) + treat
    cells[:, 0] = np.maximum(cells[:, 0], 1.0)
    return cells, treat


def ratios(counts, treat):
    """The t ratios of treatment on linked cells, for count and log(1 + count), by pyfixest."""
    panel = pd.DataFrame(
        {
            "pair": np.repeat(np.arange(len(counts)), linear_forms.T),
            "year": np.tile(linear_forms.YEARS, len(counts)),
            "count": counts.ravel(),
            "log": np.log1p(counts.ravel()),
            "treat": treat.ravel(),
        }
    ).query("count > 0")
    every = [pf.feols(f"{name} ~ treat | pair + year", panel, vcov={"CRV1": "pair"}) for name in ("count", "log")]
    return [float(one.tstat().iloc[0]) for one in every]


@pytest.mark.filterwarnings("ignore:The inplace keyword")
def test_t_ratios_of_whole_counts_without_zeros_are_those_of_pyfixest_when_all_cells_are_whole(half_empty):
    cells, treat = half_empty
    counts = np.rint(cells)
    counts[0, :2], counts[1:, 0] = 1, np.maximum(counts[1:, 0], 1)
    counts[:, 1] = np.maximum(counts[:, 1], 1)
    # a cell of zero has nearly no weight; conventions on lost degrees of freedom differ by less than one per cent
    found, _ = without_zeros.expected(counts.ravel(), treat)
    assert found == pytest.approx(ratios(counts, treat), rel=0.02, abs=0.02)


@pytest.mark.filterwarnings("ignore:The inplace keyword")
def test_t_ratios_of_real_counts_are_near_the_mean_of_counts_that_are_drawn_with_these_means(half_empty):
    cells, treat = half_empty
    rng = np.random.default_rng(9)
    draws = [np.floor(cells) + (rng.random(cells.shape) < cells % 1) for _ in range(40)]
    mean = np.mean([ratios(one, treat) for one in draws], axis=0)
    assert without_zeros.expected(cells.ravel(), treat)[0] == pytest.approx(mean, abs=0.3)


def test_derivatives_of_the_t_ratios_point_where_small_changes_do(half_empty):
    cells, treat = half_empty
    _, slopes = without_zeros.expected(cells.ravel(), treat)
    places, step = np.random.default_rng(2).choice(cells.size, 150, replace=False), 1e-5
    moved = [
        without_zeros.expected(cells.ravel() + sign * step * (np.arange(cells.size) == place), treat)[0]
        for place in places
        for sign in (1, -1)
    ]
    numeric = (np.array(moved[::2]) - np.array(moved[1::2])) / (2 * step)
    for one in (0, 1):
        # they leave out what a cell changes in the effects of years
        assert np.corrcoef(numeric[:, one], slopes[one, places])[0, 1] > 0.9


def test_real_counts_reach_further_wanted_numbers_without_leaving_the_others(real):
    given, cells = real
    search = stages.search_of(given)
    before = search.further.values(cells)[0].min()
    asked = search.further._replace(least=before + 0.3)
    made = continuous.solved(search.arrays, cells, start._spread(given), 60, asked)
    assert search.further.values(made)[0].min() > before + 0.2
    far = [search.half_widths(continuous.linearised(search.arrays, one)[0]).sum() for one in (cells, made)]
    assert far[1] < far[0] + 1


def test_a_distance_is_in_half_widths_whatever_the_importance_of_the_number(found):
    search = stages.without_controls(found)
    name = ("1", "treated", "investments", "mean")
    place, printed = search.wanted.names.index(name), search.printed().nonzero()[0].tolist()
    values = (search.arrays.low + np.minimum(search.arrays.high, search.arrays.low + 1)) / 2
    values[place] = search.arrays.high[place] + 2 * search.wanted.half[place]
    assert search.half_widths(values)[printed.index(place)] == pytest.approx(2)


def test_a_unit_in_a_treated_cell_moves_most_estimates_by_five_to_seventeen_roundings(found):
    search = stages.without_controls(found)
    effect, places = moves.estimates(search.arrays, search.wanted)
    treated = np.repeat(search.arrays.treated, linear_forms.T)
    # two half widths are a rounding; as the page on the twin says
    roundings = np.median(np.abs(effect[treated]), axis=0) / 2
    assert np.mean((roundings > 5) & (roundings < 17)) > 0.5
    slopes = [search.wanted.names[place][2].startswith("treat_x") for place in places]
    assert roundings[slopes].max() < 1


def test_pairs_of_neutral_moves_leave_every_estimate_in_its_interval(found):
    given = stages.with_neutral_moves(found)
    search = stages.without_controls(given)
    counts = found.counts.ravel() + 1
    # intervals about what the counts give, so that standing still would be allowed
    _, places = moves.estimates(search.arrays, search.wanted)
    values, half = search.values(counts), np.array(search.wanted.half)
    search.arrays.low[places], search.arrays.high[places] = (values - 2 * half)[places], (values + 2 * half)[places]
    made = moves.pairs(search, counts, given.neutral, np.random.default_rng(0))
    assert len(made) > 1000
    assert all(len(set(cells)) == 8 for cells in made[:50])
    for cells in made[:: len(made) // 40]:
        moved = counts.copy()
        moved[cells] += [-1, 1, -1, 1, -1, 1, -1, 1]
        assert moved.min() >= 0
        away = np.abs(search.values(moved) - values)[places] / half[places]
        assert away.max() <= 2 + moves.MARGIN + 1e-6


@pytest.fixture
def one_pair(found, monkeypatch):
    """Counts with two neutral moves as the only pair of moves that is found, and no cooling after it."""
    given = stages.with_neutral_moves(replace(found, counts=found.counts + 1))
    change = next(
        np.concatenate(both) for both in itertools.pairwise(given.neutral[::1000]) if len({*both[0], *both[1]}) == 8
    )
    monkeypatch.setattr(moves, "pairs", lambda search, counts, single, rng: change[None])
    monkeypatch.setattr(stages, "AFTER_PAIRS", ())
    return given, change


def test_paired_moves_change_their_eight_cells_by_a_unit_and_nothing_else(one_pair, scores):
    given, change = one_pair
    made = stages.paired(replace(given, scores=scores), stages.FINE, 5)
    moved = (made.counts - given.counts).ravel()
    assert moved[change].tolist() == [-1, 1, -1, 1, -1, 1, -1, 1]
    assert np.abs(moved).sum() == 8


def test_a_walk_from_whole_counts_ends_at_other_counts_that_keep_the_numbers_near(real, short):
    before = start.rounding(real[0], 7)
    search = stages.search_of(before, stages.FINE.importance)
    counts = before.counts.ravel()
    made = [lattice.another(search, counts, 20, 0.2, np.random.default_rng(4)) for _ in range(2)]
    assert (made[0] == made[1]).all()
    assert search.allows(made[0])
    changed = made[0] - counts
    assert changed.any()
    # a link in as many cells, taken at random, leads far away
    shuffled = np.maximum(counts + np.random.default_rng(5).permutation(changed), 0)
    away = [search.half_widths(search.values(one)).sum() for one in (made[0], shuffled)]
    assert away[0] < 0.2 * away[1]


def test_levels_of_table_5_are_sums_that_rise_with_what_the_rules_bound(found):
    rules, builder = plausibility.of_other(found.pairs, (), None), problem.Builder(found.pairs, np.zeros((88, 0)))
    table_5.want_levels(builder, rules)
    names = [name for name in builder.wanted.names if name[0] in {"level", "share"}]
    assert len(names) == 2 + rules.treated.sum()
    sums = dict(zip(names, (found.counts.ravel() @ weight for weight in builder.sums[-len(names) :]), strict=True))
    level = rules.measures(found.counts.astype(float))["level_before"][0]
    before = (found.counts[rules.treated] * rules.before).sum()
    low = 1.2 * rules.limits["level_before"][0]
    # level = before / expected, so the sum is before * (1 - low / level)
    assert sums["level", "low"] == pytest.approx(before * (1 - low / level))
    own = found.counts[rules.treated].sum(axis=1)
    most = rules.limits["largest_pair"][1] * problem.RULE_ROOM
    shares = [sums["share", int(pair)] for pair in np.flatnonzero(rules.treated)]
    np.testing.assert_allclose(shares, most * own.sum() - own)


def test_a_move_that_would_leave_a_pair_without_a_link_is_not_allowed(found):
    search = stages.without_controls(found)
    counts = np.zeros(found.counts.shape, dtype=np.int64)
    counts[:, 0] = 3
    counts[5] = 0
    counts[5, [3, 9]] = 1
    state = search.state(counts.ravel())
    cells, steps = np.array([5 * linear_forms.T + 3, 5 * linear_forms.T + 9, 0, 0]), np.array([-1, -1, 0, 0])
    assert not annealing_moves.allowed(search.arrays, state, 80, cells, steps, 2)
    assert annealing_moves.allowed(search.arrays, state, 80, cells, steps, 1)
    # from one year to another the pair keeps its links
    steps[1] = 1
    assert annealing_moves.allowed(search.arrays, state, 80, cells, steps, 2)


def test_missed_numbers_cost_the_last_search_something_each(found, scores):
    given = replace(found, scores=scores)
    plain, counted = (stages.penalty(given, stages.EVEN, missed) for missed in (0.0, 0.5))
    assert counted - plain == pytest.approx(0.5 * stages.search_of(given).missed(given.counts.ravel()))
    assert counted > plain


def test_without_pairs_of_neutral_moves_nothing_changes(one_pair, scores, monkeypatch):
    given = replace(one_pair[0], scores=scores)
    monkeypatch.setattr(moves, "pairs", lambda search, counts, single, rng: np.zeros((0, 8), dtype=int))
    assert stages.paired(given, stages.FINE, 5) is given


def test_a_cooling_lowers_the_penalty_and_the_same_seed_gives_the_same(real, short):
    before = start.rounding(real[0], 7)
    made = [stages.cooled(before, stages.ROUGH, seed) for seed in (11, 11, 12, 13, 14, 15)]
    assert (made[0].counts == made[1].counts).all()
    assert (made[0].scores == made[1].scores).all()
    now, *then = (stages.penalty(one, stages.ROUGH.importance) for one in (before, *made))
    # a short cooling may find nothing better, but it never returns anything worse
    assert max(then) <= now
    assert min(then) < now


@pytest.fixture
def chain(found):
    """A chain of the numbers without controls whose rest can be set."""
    search = replace(stages.without_controls(found), extra=lambda counts: 0.0)
    counts = found.counts.ravel()
    return nested_annealing.Chain(search, counts, search.unlikely(counts), HOW, seed=2)


def test_a_rejected_short_chain_is_undone_to_the_last_number(chain, found):
    counts = found.counts.ravel()
    chain.search.extra = lambda trial: 0.0 if (trial == counts).all() else np.inf
    for _ in range(5):
        chain.step(1.0, 300)
    again = chain.search.state(counts)
    for kept, fresh in zip(chain.state, again, strict=True):
        np.testing.assert_allclose(kept, fresh, atol=1e-9)
    assert (chain.best == counts).all()


def test_an_accepted_short_chain_has_the_state_of_its_counts(chain, found):
    chain.search.extra = lambda trial: float((trial == found.counts.ravel()).all())
    for _ in range(5):
        chain.step(1.0, 300)
    for kept, fresh in zip(chain.state, chain.search.state(chain.state.counts), strict=True):
        np.testing.assert_allclose(kept, fresh, rtol=1e-7, atol=1e-7)
    assert (chain.state.counts != found.counts.ravel()).any()
    assert chain.away == pytest.approx(chain.search.away(chain.state.counts).sum(), rel=1e-6)


def test_a_heavier_further_penalty_leads_short_chains_to_a_lower_one(chain, found):
    # with nothing but the rest to obey, a heavy charge on the total keeps it below what a light one leaves
    totals = []
    for weight in (0.0, 1.0):
        search = replace(chain.search, arrays=chain.search.arrays._replace(weight=0 * chain.search.arrays.weight))
        search.extra = lambda counts: float(counts.sum())
        likely = np.zeros((found.counts.size, search.most + 1))
        free = nested_annealing.Chain(search, found.counts.ravel(), likely, HOW._replace(weight=weight), 4)
        for _ in range(60):
            free.step(0.5, 20)
        totals.append(free.state.counts.sum())
    assert totals[1] < totals[0]


@pytest.fixture
def kept(tmp_path):
    """The folder of a fit of the list of `found`."""
    return saved.Stages(tmp_path, treated_pairs.by_rule(), frozenset())


def test_the_best_of_all_coolings_is_returned_and_saved_though_worse_ones_follow(found, kept, monkeypatch):
    penalties = iter([9.0, 5.0, 20.0, 6.0, 7.0])
    monkeypatch.setattr(stages, "cooled", lambda now, phase, seed: replace(now, counts=now.counts + 1))
    monkeypatch.setattr(stages, "penalty", lambda one, importance, missed: 10.0 if one is found else next(penalties))
    monkeypatch.setattr(stages, "content", lambda one: False)
    monkeypatch.setattr(workers, "NUMBER", 1)
    best = run.Turns(kept, workers.Alone(), 1, 5, quiet).best(found, "rough")
    again = kept.read("rough")
    # the second cooling is the best; it went on from the first
    assert (best.counts == again.counts).all()
    assert (best.counts - found.counts == 2).all()
    assert next(penalties, None) is None


def turns(kept):
    """Three turns in this process."""
    return run.Turns(kept, workers.Alone(), 4, 3, quiet)


def test_a_search_that_is_stopped_after_any_turn_ends_with_the_same_counts(found, scores, tmp_path, monkeypatch):
    monkeypatch.setattr(stages, "CHAINS", (20,))
    monkeypatch.setattr(stages, "MOVES", (50,))
    monkeypatch.setattr(stages, "content", lambda one: False)
    given = replace(found, scores=scores)
    whole = saved.Stages(tmp_path / "whole", treated_pairs.by_rule(), frozenset())
    expected = turns(whole).best(given, "rough")
    assert (expected.counts != given.counts).any()
    keep = saved.Stages.keep
    for last in (1, 2):
        stopped = saved.Stages(tmp_path / f"stopped-{last}", treated_pairs.by_rule(), frozenset())

        def until(self, name, *states, last=last, **more):
            keep(self, name, *states, **more)
            if "at" in more and more["at"][0] == last:
                raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(saved.Stages, "keep", until)
            with pytest.raises(KeyboardInterrupt):
                turns(stopped).best(given, "rough")
        made = turns(stopped).best(given, "rough")
        assert (made.counts == expected.counts).all()
        assert made.scores.tobytes() == expected.scores.tobytes()
        assert (stopped.folder / "rough.npz").read_bytes() == (whole.folder / "rough.npz").read_bytes()


def test_columns_with_controls_are_those_of_the_package(found, scores):
    columns = stages.columns_of(found, found.counts)
    made = dict(zip(columns.wanted.names, columns.values(scores), strict=True))
    cells = found.pairs[[*PAIR, "cohort"]].merge(pd.DataFrame({"year": linear_forms.YEARS}), how="cross")
    cells = cells.assign(count=found.counts.ravel(), cohort=cells["cohort"].where(cells["cohort"] < stages.NEVER))
    cities = pd.DataFrame(scores, columns=list("abcde"))
    cities.insert(0, "recipient", sorted(found.pairs["recipient"].unique()))
    own = did.twfe(cells.astype({"cohort": "Int64"}), "count", controls=cities).iloc[0]
    assert made["2", "2", "treat", "estimate"] == pytest.approx(own["estimate"], abs=1e-9)
    assert made["2", "2", "treat", "std_error"] == pytest.approx(own["std_error"], abs=1e-9)
    assert made["2", "2", "model", "r2"] == pytest.approx(own["r2"], abs=1e-9)


def test_columns_measure_a_miss_in_half_widths(found, scores):
    columns = stages.columns_of(found, found.counts)
    values, half = columns.values(scores), np.array(columns.wanted.half)
    columns.low, columns.high, columns.weight = values - half, values + half, 1 / half
    assert columns.away(scores) == pytest.approx(0, abs=1e-9)
    columns.low[3], columns.high[3] = values[3] + 2 * half[3], values[3] + 4 * half[3]
    assert columns.away(scores) == pytest.approx(2)


def test_controls_are_changed_only_if_that_comes_nearer_to_print(found, scores):
    before = replace(found, scores=scores)
    columns = stages.columns_of(before, before.counts)
    after = stages.better(before, columns, stages.REFIT | {"shares": (0.01, 0.001), "steps": 25})
    assert columns.away(after.scores) < columns.away(scores)
    assert columns.away(stages.refitted(after).scores) <= columns.away(after.scores)


def test_what_a_stage_found_is_read_again_to_the_last_bit(found, scores, kept):
    base = yearbook.first_year(scores, sorted(found.pairs["recipient"].unique()))
    cells = found.counts.ravel() + 1 / 3
    states = (found, replace(found, scores=scores, cells=cells), replace(found, scores=scores, base=base))
    kept.keep("three", *states)
    for place, one in enumerate(states):
        again = kept.read("three", place)
        assert again.pairs[[*PAIR, "cohort"]].equals(one.pairs[[*PAIR, "cohort"]])
        for name in ("counts", "scores", "cells"):
            own, read = getattr(one, name), getattr(again, name)
            assert (own is None) == (read is None)
            assert own is None or own.tobytes() == read.tobytes()
        assert (one.base is None) == (again.base is None)
    assert (again.base.to_numpy() == base.to_numpy()).all()
    assert kept.read("four") is None


def test_a_stage_that_has_ended_is_not_made_again(found, kept):
    made = []
    for _ in range(2):
        kept.once("one", lambda: made.append(1) or found)
    assert made == [1]


def test_only_printed_numbers_can_be_relaxed_and_those_of_the_default_twin_are_of_table_4(tmp_path):
    assert {name[0] for name in targets.relaxed_targets(paths.TWIN)} == {"4"}
    assert targets.relaxed_targets(tmp_path) == frozenset()
    lines = ["table,column,row,statistic,why", ",".join([*SLOPE, "hard"]), "4,9,treat,estimate,hard"]
    (tmp_path / "relaxed_targets.csv").write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(InputError, match=r'relaxed_targets\.csv, column "row", data row 2: not a printed number'):
        targets.relaxed_targets(tmp_path)


def panel_of(pairs, counts):
    """A panel with these counts (pairs x years)."""
    made = pairs[[*PAIR, "cohort"]].merge(pd.DataFrame({"year": linear_forms.YEARS}), how="cross")
    cohort = made["cohort"].where(made["cohort"] < stages.NEVER).astype("Int64")
    return made.assign(count=counts.ravel(), cohort=cohort)


@pytest.mark.parametrize("draw", range(3))
def test_rules_in_the_search_measure_what_the_rules_of_plausibility_measure(draw):
    given = start.one_draw(treated_pairs.by_rule(), np.random.default_rng(draw), frozenset())
    panel, found = panel_of(given.pairs, given.counts), plausibility.Rules(given.pairs)
    values = found.measures(given.counts.astype(float))
    names = {measure.__name__: measure for measure, *_ in appendix_c.ON_EACH}
    assert set(names) == set(values)
    # measures that may be negative, and those of which the smallest value is told
    smallest = {"dispersion_by_size", "without_a_pair", "post_without_a_pair", "steady_pairs", "autocorrelation"}
    smallest |= {"distance_elasticity"}
    for name, measure in names.items():
        fast = values[name].min() if name in smallest else values[name].max(initial=0.0)
        assert fast == pytest.approx(measure(panel), rel=1e-6), name


def test_rules_on_two_counts_in_the_search_measure_what_the_rules_of_plausibility_measure():
    pairs = links.pair_frame()
    counts = links.families(pairs, np.random.default_rng(5))
    kept = pairs.assign(cohort=pairs["cohort"].fillna(stages.NEVER).astype(int))
    panels = {}
    for name, grid in counts.items():
        linked = grid.sum(axis=1) > 0
        panels[name] = panel_of(kept[linked], grid[linked])
    linked = counts["branches"].sum(axis=1) > 0
    sums = [counts[name].sum(axis=1).astype(float) for name in ("manufacturing", "all_industry")]
    totals = tuple(np.where(one > 0, one, np.nan)[linked] for one in sums)
    own = plausibility.of_other(kept[linked].reset_index(drop=True), totals, None)
    ranks = own.measures(counts["branches"][linked].astype(float))["ranks"]
    both = plausibility.of_other(
        kept, (sums[0],), tuple(sums[0][side].sum() for side in (pairs["cohort"].isna(), pairs["cohort"].notna()))
    )
    found = both.measures(counts["all_industry"].astype(float))
    # here every pair that has manufacturing links has branches, so that all three pairs of counts are compared alike
    assert set(panels["manufacturing"]["helper"] + panels["manufacturing"]["recipient"]) <= set(
        panels["branches"]["helper"] + panels["branches"]["recipient"]
    )
    assert min(*ranks, *found["ranks"]) == pytest.approx(appendix_c.same_ranks(panels))
    shares = [appendix_c.manufacturing_share(panels, side) for side in (0, 1)]
    assert found["share"] == pytest.approx(shares)


def test_rules_in_the_search_have_the_limits_of_the_rules_of_plausibility():
    others = plausibility.LIMITS | plausibility.OTHER_LIMITS
    for measure, _, first, other, _ in appendix_c.ON_EACH:
        assert plausibility.LIMITS[measure.__name__] == first
        assert other is None or others[measure.__name__] == other
    limits = {rule.words: (rule.low, rule.high) for rule in appendix_c.RULES}
    assert limits["The same pairs are large in all three counts"] == plausibility.RANKS
    assert limits["Manufacturing is a small part of the links of treated pairs"] == plausibility.SHARE


def test_a_broken_rule_costs_more_the_farther_its_measure_is_from_the_limit(found):
    rules = plausibility.Rules(found.pairs)
    # the interval is 7 wide, and the search stays 3 per cent of it away from the limit
    assert rules._outside("spike", np.array([0.0, 6.7, 7.79, 13.79])) == pytest.approx([0, 0, 1 / 7, 1])
    # both ends count where a measure can be too small, and only the lower where it cannot be too large
    assert rules._outside("growth_before", np.array([0.0, 1.0, 2.0])) == pytest.approx([0.53, 0, 0.53])
    assert rules._outside("steady_pairs", np.array([0.015, 0.999])) == pytest.approx([1.0, 0])


def test_a_giant_cell_breaks_rules_that_were_kept(found):
    rules, counts = plausibility.Rules(found.pairs), found.counts.copy()
    counts[np.flatnonzero(~rules.treated)[3], 9] = 60
    broken = {name for name, holds in rules.held(counts).items() if not holds}
    assert {"spike", "largest_cell"} <= broken
    assert rules.broken(counts) > rules.broken(found.counts) + 1


def test_weights_of_the_average_of_table_3_are_those_of_the_estimator(found):
    cohort = found.pairs["cohort"].to_numpy()
    expected = linear_forms.GroupTime(cohort).averages()[0][2]
    np.testing.assert_allclose(plausibility.post_average(cohort), expected, atol=1e-12)
    place = int(np.flatnonzero(cohort < stages.NEVER)[4])
    rest = np.arange(len(cohort)) != place
    without = plausibility.post_average(cohort, place).reshape(-1, linear_forms.T)
    np.testing.assert_allclose(without[rest].ravel(), linear_forms.GroupTime(cohort[rest]).averages()[0][2], atol=1e-12)
    assert (without[place] == 0).all()


def test_linear_rules_are_sums_of_the_counts_that_the_rules_bound(found):
    search = stages.search_of(found, linear_rules=True)
    values = dict(zip(search.wanted.names, search.values(found.counts.ravel()), strict=True))
    rules, own = stages.rules_of(found.pairs), found.counts[found.pairs["cohort"] < stages.NEVER].sum(axis=0)
    most = 1 + (1.5 - 1) * problem.RULE_ROOM
    assert values["beside", "high", 5] == pytest.approx(most * (own[4] + own[6]) / 2 - own[5])
    assert values["beside", "low", 5] == pytest.approx(most * own[5] - (own[4] + own[6]) / 2)
    post = rules.post_without @ found.counts.ravel()
    assert [values["post", pair] for pair in range(13)] == pytest.approx(post)


def test_standardised_controls_have_mean_zero_and_deviation_one_over_pairs(found, scores):
    made = controls.spread(scores, controls.city_numbers(found.pairs))
    np.testing.assert_allclose(made.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(made.std(axis=0), 1, atol=1e-12)
