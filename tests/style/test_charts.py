"""Charts of several pages: rows, bars and dots at the places that the numbers give."""

import pandas as pd

from enclave.style import charts


def test_a_coefficient_plot_puts_estimates_and_printed_numbers_in_rows():
    estimates = pd.DataFrame(
        {
            "column": ["(1)", "(2)"],
            "estimate": [1.0, 2.0],
            "conf_low": [0.5, 1.0],
            "conf_high": [1.5, 3.0],
            "printed": ["1.1", "1.9"],
        }
    )
    fig = charts.coefficient_plot(estimates, labels="column", xlabel="links")
    ax = fig.axes[0]
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["(1)", "(2)"]
    obtained, printed = ax.lines[1], ax.lines[2]
    assert obtained.get_xydata().tolist() == [[1.0, 0.0], [2.0, 1.0]]
    assert printed.get_xydata().tolist() == [[1.1, 0.0], [1.9, 1.0]]
    assert ax.collections[0].get_segments()[1].tolist() == [[1.0, 1.0], [3.0, 1.0]]
    assert ax.get_ylim() == (1.5, -0.5)


def test_the_first_bar_has_the_records_delivered():
    steps = pd.DataFrame(
        {"step": ["drop natural persons", "keep manufacturing"], "rows_in": [7, 4], "rows_out": [4, 3]}
    )
    fig = charts.rows_left(steps)
    assert [bar.get_width() for bar in fig.axes[0].patches] == [7, 4, 3]


def test_shares_of_counts_are_those_within_each_group():
    cohort = pd.array([None, None, None, None, 2008, 2008], dtype="Int64")
    panel = pd.DataFrame({"count": [0, 0, 0, 2, 1, 99], "cohort": cohort})
    fig = charts.counts_chart(panel, most=3)
    heights = [bar.get_height() for bar in fig.axes[0].patches]
    assert heights == [0.75, 0, 0.25, 0, 0, 0.5, 0, 0.5]


def test_a_specification_curve_rises_and_has_a_dot_for_each_choice():
    estimates = pd.DataFrame(
        {
            "estimate": [2.0, 1.0, 3.0],
            "conf_low": [1.0, 0.5, 2.0],
            "conf_high": [3.0, 1.5, 4.0],
            "rule": ["a", "b", "a"],
            "controls": ["no", "no", "yes"],
        }
    )
    fig = charts.specification_curve(
        estimates, ["rule", "controls"], ours=pd.Series([True, False, False]), ylabel="links"
    )
    above, below = fig.axes
    assert above.collections[1].get_offsets()[:, 1].tolist() == [1.0, 2.0, 3.0]
    assert [tick.get_text() for tick in below.get_yticklabels()] == ["a", "b", "no", "yes"]
    # in rising order the rules are b, a, a and the controls no, no, yes
    assert [dots.get_offsets()[:, 0].tolist() for dots in below.collections] == [[1, 2], [0], [0, 1], [2]]


def test_intervals_of_t_have_a_bar_each_and_a_mark_where_a_need_is_known():
    rows = pd.DataFrame(
        {
            "label": ["a", "b", "c"],
            "t_low": [1.0, 2.0, 3.0],
            "t_high": [1.5, 2.5, 4.0],
            "open": [False, True, False],
            "few": [2.2, None, 3.5],
        }
    )
    ax = charts.t_intervals(rows, {"one star": 1.66, "two stars": 1.99, "three stars": 2.63}).axes[0]
    bars = [segment[:, 0].tolist() for lines in ax.collections for segment in lines.get_segments()]
    assert sorted(bars) == [[1.0, 1.5], [2.0, 2.5], [3.0, 4.0]]
    marks = {line.get_label(): line.get_xdata() for line in ax.lines}
    assert list(marks["needed, few degrees"]) == [2.2, 3.5]
    assert [marks[name][0] for name in ("one star", "two stars", "three stars")] == [1.66, 1.99, 2.63]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b", "c"]
