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


def test_with_controls_the_path_is_figure_1_with_a_coefficient_for_every_year_outside_the_window(data):
    path = parallel_trends.path_of(data, "controls")
    points = figure_1.make(data, outside="free").set_index("event_time").loc[list(path.times)]
    assert path.estimates == pytest.approx(points["estimate"].to_numpy())
    assert path.std_errors == pytest.approx(points["std_error"].to_numpy())


def test_a_line_of_one_link_a_year_is_a_line_only_if_the_base_is_one_year(made):
    # relative to the year before the park a line is s + 1, and its mean over event times 0 to 10 is 6
    times = [time for time in range(-5, 11) if time != -1]
    alone = [value(made, "line", "controls", str(time), "coefficient") for time in times]
    assert alone == pytest.approx([time + 1 for time in times])
    assert value(made, "line", "controls", "", "mean") == pytest.approx(6)
    # with earlier years in the base it lies above that base before the park, too
    assert value(made, "line", "figure_1", "-5", "coefficient") > 0
    assert value(made, "line", "figure_1", "", "mean") > 6


def test_a_line_with_all_years_outside_the_window_in_the_base_in_plain_numpy(data, made):
    panel = data.manufacturing
    since = (panel["year"] - panel["cohort"]).astype("Float64").to_numpy(float, na_value=np.nan)
    times = [time for time in range(-5, 11) if time != -1]
    base = table_2.controls(data).set_index("recipient").reindex(panel["recipient"]).to_numpy()
    groups = [panel.groupby(["helper", "recipient"]).ngroup(), panel["year"]]
    pairs, years = (np.equal.outer(group.to_numpy(), group.unique()).astype(float) for group in groups)
    base = (base - base.mean(axis=0)) / base.std(axis=0)
    crossed = [base[:, [one]] * years[:, 1:] for one in range(base.shape[1])]
    dummies = np.equal.outer(since, times).astype(float)
    columns = np.hstack([dummies, pairs, years[:, 1:], *crossed])
    found = np.linalg.lstsq(columns, np.nan_to_num(since + 1), rcond=None)[0][: len(times)]
    ours = [value(made, "line", "figure_1", str(time), "coefficient") for time in times]
    assert ours == pytest.approx(found, abs=1e-6)


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
