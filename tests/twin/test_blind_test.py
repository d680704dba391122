"""The blind test of the twin: it cannot tell draws of one process, and finds a planted difference by its feature."""

import numpy as np
import pandas as pd
import pytest

from enclave.base import paths
from enclave.facts import treated_pairs
from enclave.panels import targets
from enclave_twin import blind_test
from enclave_twin.counts import links


@pytest.fixture(scope="module")
def drawn():
    """Manufacturing counts of thirty draws of the process, and their pairs."""
    pairs = links.pair_frame(treated_pairs.by_rule())
    rng = np.random.default_rng(4)
    return [links.families(pairs, rng)["manufacturing"].astype(float) for _ in range(30)], pairs


def test_draws_of_the_process_are_not_told_from_other_draws(drawn):
    counts, pairs = drawn
    told = [blind_test._of_pairs(one, pairs, park=False) for one in counts]
    found = blind_test._compared(told, 20)
    assert found["usual_low"] < found["accuracy"] < found["usual_high"] + 0.05
    assert found["accuracy"] < 0.62
    assert found["number"] == 75


def test_pairs_that_have_links_only_in_even_years_are_told_by_that(drawn):
    counts, pairs = drawn
    even = counts[0].copy()
    even[:, 1::2] = 0
    told = [blind_test._of_pairs(one, pairs, park=False) for one in (even, *counts[1:])]
    found = blind_test._compared(told, 20)
    assert found["accuracy"] > 0.9
    assert found["as_high"] == 0
    assert found["feature"] in {"even years", "turns", "zeros"}


def test_a_year_in_which_treated_pairs_jump_together_is_told(drawn):
    counts, pairs = drawn
    jumped = counts[0].copy()
    jumped[pairs["cohort"].notna().to_numpy(), 1:18:3] *= 6
    told = [blind_test._of_years(one, pairs) for one in (jumped, *counts[1:])]
    found = blind_test._compared(told, 20)
    assert found["feature"].startswith("treated total")
    assert found["feature_accuracy"] > 0.7


def test_rows_that_are_told_by_chance_have_an_accuracy_near_one_half():
    rng = np.random.default_rng(0)
    draws = [rng.normal(size=(60, 4)) for _ in range(40)]
    accuracies = [blind_test._accuracy(draws[place], draws[:place] + draws[place + 1 :]) for place in range(20)]
    assert np.mean(accuracies) == pytest.approx(0.5, abs=0.03)
    # two groups four deviations apart in one feature are told but for two in a hundred
    moved = draws[0] + np.array([4.0, 0, 0, 0])
    assert blind_test._accuracy(moved, draws[1:]) == pytest.approx(0.977, abs=0.03)


def test_accuracy_does_not_depend_on_the_units_of_the_features():
    rng = np.random.default_rng(1)
    draws = [rng.normal(size=(40, 3)) + (number == 0) for number in range(30)]
    units = np.array([1e-6, 1.0, 1e6])
    plain, scaled = (blind_test._accuracy(one[0], one[1:]) for one in (draws, [draw * units for draw in draws]))
    assert plain == pytest.approx(scaled)


def test_a_thinned_or_doubled_panel_has_the_mean_that_was_asked_for():
    rng, counts = np.random.default_rng(2), np.full((200, 50), 4.0)
    for factor in (0.3, 1.0, 1.6):
        assert blind_test._thinned(counts, factor, rng).mean() == pytest.approx(4 * factor, rel=0.02)


def test_the_committed_result_has_a_row_for_each_panel_and_kind_of_rows_of_the_present_twin():
    found = pd.read_csv(paths.TWIN / blind_test.RESULT)
    assert found[["panel", "rows"]].apply(tuple, axis=1).tolist() == [
        (panel, rows) for panel in blind_test.PANELS for rows in blind_test.KINDS
    ]
    pairs = links.pair_frame(treated_pairs.of_source("twin"))
    counts = blind_test._grid(targets.of("twin")["manufacturing"], pairs)
    told = blind_test._of_pairs(counts, pairs, park=True)
    assert found.loc[found["rows"] == "treated pairs", "number"].iloc[0] == len(told)


@pytest.mark.fit
def test_the_command_gives_the_committed_result():
    made = blind_test.make().round(blind_test.DIGITS)
    pd.testing.assert_frame_equal(made, pd.read_csv(paths.TWIN / blind_test.RESULT))
