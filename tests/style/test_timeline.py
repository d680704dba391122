"""The timeline of the policy: one line for each pair, and a marker for each milestone."""

import matplotlib.pyplot as plt
import pytest

from enclave import facts
from enclave.facts import policy_dates, treated_pairs
from enclave.style import timeline


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def test_the_timeline_has_one_line_for_each_pair_from_its_first_treated_year():
    pairs = treated_pairs.by_rule()
    fig = timeline.park_timeline(pairs, facts.parks(), facts.policy())
    ax = fig.axes[0]
    starts = [segment[0][0] for segment in ax.collections[0].get_segments()]
    assert starts == sorted(pairs["cohort"])
    assert len(ax.get_yticklabels()) == len(pairs)


def test_the_timeline_marks_every_milestone_once():
    pairs, parks = treated_pairs.by_rule(), facts.parks()
    fig = timeline.park_timeline(pairs, parks, facts.policy(), language="zh")
    marks = sum(len(dots.get_offsets()) for dots in fig.axes[0].collections[1:])
    assert marks == len(policy_dates.pair_milestones(pairs, parks))
