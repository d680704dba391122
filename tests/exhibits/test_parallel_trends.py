import numpy as np
import pytest

from enclave.estimators import did
from enclave.exhibits import figure_1, parallel_trends, table_2
from enclave.panels import targets


@pytest.fixture(scope="module")
def data():
    return targets.of("twin")


@pytest.fixture(scope="module")
def made(data):
    return parallel_trends.make(data)


def value(made, part, design, setting, quantity):
    keys = made.set_index(["part", "design", "setting", "quantity"])["value"]
    return keys[part, design, setting, quantity]


def test_the_design_of_the_paper_has_the_points_of_figure_1(data):
    path = parallel_trends.path_of(data, "figure_1")
    points = figure_1.make(data).set_index("event_time").loc[list(path.times)]
    assert path.estimates == pytest.approx(points["estimate"].to_numpy())
    assert path.std_errors == pytest.approx(points["std_error"].to_numpy())


def test_listed_years_and_no_anticipation_are_column_1_of_table_2(data, made):
    cells = table_2.make(data).query("column == '1' and row == 'treat' and statistic == 'estimate'")
    first = cells["value"].item()
    assert value(made, "dates", "two-way", "listed", "estimate") == pytest.approx(first)
    assert value(made, "anticipation", "two-way", "listed", "estimate") == pytest.approx(first)


def test_the_extremes_over_years_are_regressions_with_their_years(data, made):
    found = parallel_trends.year_range(data)
    for which in ("lowest", "highest"):
        new = found.years.set_index(["helper", "recipient"])[which].rename("new")
        panel = data.manufacturing.join(new, on=["helper", "recipient"])
        panel = panel.assign(cohort=panel["new"].astype("Int64")).drop(columns="new")
        estimate = did.twfe(panel, "count")["estimate"].iloc[0]
        assert value(made, "dates", "two-way", which, "estimate") == pytest.approx(estimate)


def test_a_year_that_is_left_out_is_that_before_the_park(data):
    panel = data.manufacturing
    left = parallel_trends.moved(panel, "without g-1")
    assert len(panel) - len(left) == panel.dropna(subset="cohort").drop_duplicates(["helper", "recipient"]).shape[0]
    assert not (left["year"] == left["cohort"] - 1).fillna(False).any()


def test_intervals_contain_the_sets_and_grow(made):
    for design in parallel_trends.DESIGNS:
        lows = [value(made, "relative", design, f"{one:g}", "conf_low") for one in parallel_trends.MULTIPLES]
        sets = [value(made, "relative", design, f"{one:g}", "set_low") for one in parallel_trends.MULTIPLES]
        assert (np.diff(lows) < 0).all()
        assert (np.array(lows) < np.array(sets)).all()


def test_the_order_of_rows_does_not_matter(data, made):
    shuffled = data.manufacturing.sample(frac=1, random_state=4)
    one = parallel_trends.moved(shuffled, "from g-1")
    estimate = did.twfe(one, "count")["estimate"].iloc[0]
    assert estimate == pytest.approx(value(made, "anticipation", "two-way", "from g-1", "estimate"))
