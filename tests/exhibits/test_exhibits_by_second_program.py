"""Every table and figure by its maker, on the panels of the target counts, against plain NumPy on the files of `data/`.

The second path shares nothing with the package but the raw files of `data/`: the counts, the yearbook and the list of
treated pairs, which is taken from the pair panel.
"""

import numpy as np
import pandas as pd
import plain
import pytest

from enclave import panels
from enclave.base import paths
from enclave.exhibits import MAKERS
from enclave.panels import targets

TO_8 = 1e-8
PAIR = ["helper", "recipient"]
RATIOS = {
    "revenue_per_capita": "revenue_10k_yuan",
    "expenditure_per_capita": "expenditure_10k_yuan",
    "phones_per_resident": "phones_10k",
    "hospital_beds_per_10k": "hospital_beds",
}


@pytest.fixture(scope="module")
def made():
    """A function that gives the frame of an exhibit; each is computed once."""
    data, frames = targets.of("twin"), {}

    def of(exhibit):
        if exhibit not in frames:
            frames[exhibit] = MAKERS[exhibit](data)
        return frames[exhibit]

    return of


@pytest.fixture(scope="module")
def cells():
    """One row per kept pair and year of manufacturing, straight from the files of `data/twin`."""
    return _cells("manufacturing")


def _cells(name):
    codes = dict.fromkeys(PAIR, str)
    counts = pd.read_csv(paths.TWIN / f"{name}.csv", dtype=codes)
    pairs = counts[PAIR].drop_duplicates().merge(pd.DataFrame({"year": range(2000, 2019)}), how="cross")
    made = pairs.merge(counts, on=[*PAIR, "year"], how="left").fillna({"count": 0})
    made = made.merge(panels.pairs()[[*PAIR, "cohort"]].astype({"cohort": float}), on=PAIR)
    made = made.merge(_yearbook(), on=["recipient", "year"], how="left")
    return made.assign(log=np.log(1 + made["count"]), treat=(made["year"] >= made["cohort"]).astype(float))


def _yearbook():
    raw = pd.read_csv(paths.TWIN / "yearbook.csv", dtype={"recipient": str})
    ratios = {name: raw[level] / raw["population_10k"] for name, level in RATIOS.items()}
    return raw[["recipient", "year", "freight_10k_tonnes"]].assign(**ratios)


def test_every_cell_of_table_1(made, cells):
    names = {"investments": "count", "log_investments": "log"}
    found = made("table_1")
    assert len(found) == 2 * 7 * 3
    for row in found.itertuples():
        group = cells[cells["cohort"].notna() == (row.column == "treated")]
        values = group[names.get(row.row, row.row)].dropna().to_numpy(float)
        expected = {"n": len(values), "mean": values.sum() / len(values), "sd": np.std(values, ddof=1)}[row.statistic]
        assert row.value == pytest.approx(expected, abs=TO_8), (row.column, row.row, row.statistic)


def _controls(cells):
    """Base-year controls crossed with years, one column each."""
    base = _yearbook().query("year == 2000").drop(columns="year").set_index("recipient")
    base = (base - base.mean()) / base.std()
    return plain.crossed(base.loc[cells["recipient"]], cells["year"])


def _agrees(found, names, cells, outcome, terms):
    """The cells of one column equal plain NumPy: estimates and errors of the first terms, R2 and N."""
    estimates, errors, r2 = plain.twfe(outcome, terms, cells["helper"] + cells["recipient"], cells["year"])
    found = found.set_index(["row", "statistic"])["value"]
    for place, name in enumerate(names):
        assert found[name, "estimate"] == pytest.approx(estimates[place], abs=TO_8)
        assert found[name, "std_error"] == pytest.approx(errors[place], abs=TO_8)
    assert found["model", "r2"] == pytest.approx(r2, abs=TO_8)
    assert found["model", "n"] == len(cells)


@pytest.mark.parametrize("column", [1, 2, 3, 4])
def test_every_cell_of_table_2(made, cells, column):
    found = made("table_2").query(f"column == '{column}'")
    terms = [cells["treat"]] + (_controls(cells) if column in (2, 4) else [])
    _agrees(found, ["treat"], cells, cells["count" if column < 3 else "log"], terms)


@pytest.mark.parametrize("column", range(1, 9))
def test_every_cell_of_table_4(made, cells, column):
    measure = ["boundary", "centroid", "prd_centroid", "prd_boundary"][(column - 1) // 2]
    km = pd.read_csv(paths.FACTS / "distances.csv", dtype=dict.fromkeys(PAIR, str)).set_index(PAIR)[
        f"dist_{measure}_km"
    ]
    distance = km.loc[pd.MultiIndex.from_frame(cells[PAIR])].to_numpy()
    terms = [cells["treat"], cells["treat"] * distance] + (_controls(cells) if column % 2 == 0 else [])
    found = made("table_4").query(f"column == '{column}'")
    _agrees(found, ["treat", f"treat_x_distance_{measure}"], cells, cells["count"], terms)


@pytest.mark.parametrize("column", range(1, 9))
def test_every_cell_of_table_5(made, column):
    cells = _cells("all_industry" if column < 5 else "branches")
    terms = [cells["treat"]] + (_controls(cells) if column % 2 == 0 else [])
    found = made("table_5").query(f"column == '{column}'")
    _agrees(found, ["treat"], cells, cells["count" if column in (1, 2, 5, 6) else "log"], terms)


def test_every_point_of_figure_1(made, cells):
    since = cells["year"] - cells["cohort"]
    times = [time for time in range(-5, 11) if time != -1]
    terms = [(since == time).astype(float) for time in times] + _controls(cells)
    unit = cells["helper"] + cells["recipient"]
    estimates, errors, _ = plain.twfe(cells["count"], terms, unit, cells["year"])
    found = made("figure_1").set_index("event_time").loc[times]
    np.testing.assert_allclose(found["estimate"], estimates[: len(times)], atol=TO_8)
    np.testing.assert_allclose(found["std_error"], errors[: len(times)], atol=TO_8)


def _grid(cells, column):
    wide = cells.pivot(index=PAIR, columns="year", values=column)
    cohort = cells.groupby(PAIR)["cohort"].first().fillna(np.inf).to_numpy(float)
    return wide.to_numpy(float), cohort, wide.columns.to_numpy()


def test_every_cell_of_table_3(made, cells):
    expected = plain.group_time_averages(*_grid(cells, "count"))
    found = made("table_3")
    assert len(found) == 10
    for row in found.itertuples():
        value, error = expected[row.row]
        wanted = value if row.statistic == "estimate" else error
        assert row.value == pytest.approx(wanted, abs=TO_8), (row.row, row.statistic)


def test_every_tenth_draw_of_figure_2(made, cells):
    """The draws of the figure: 13 pairs without replacement, a year from 2001 on for each."""
    found = made("figure_2")["estimate"].to_numpy()
    grid, _, years = _grid(cells, "log")
    random = np.random.default_rng(20240401)
    chosen = np.argpartition(random.random((500, len(grid))), 13, axis=1)[:, :13]
    first = random.integers(1, len(years), size=chosen.shape)
    unit, time = (index.ravel() for index in np.indices(grid.shape))
    assert len(found) == 500
    for draw in range(0, 500, 10):
        start = np.full(len(grid), len(years))
        start[chosen[draw]] = first[draw]
        treat = (time >= start[unit]).astype(float)
        estimate = plain.twfe(grid.ravel(), [treat], unit, time)[0][0]
        assert found[draw] == pytest.approx(estimate, abs=TO_8), draw


def test_every_point_of_figure_3(made):
    links = pd.read_csv(paths.TWIN / "network.csv")
    for row in made("figure_3").itertuples():
        strong = ((links["year"] == row.year) & (links["count"] >= row.threshold)).sum()
        assert row.density == pytest.approx(strong / (21 * 20), abs=TO_8)


def test_every_point_of_figures_4_and_5(made):
    areas = pd.read_csv(paths.TWIN / "land.csv").pivot_table(
        index="county", columns=["park", "year"], values="area_m2", aggfunc="sum", fill_value=0
    )
    logs = np.log(1 + areas / 10_000)
    inside, outside = logs[1], logs[0]
    means = made("figure_4").set_index("year")
    np.testing.assert_allclose(means["inside"], inside.mean(), atol=TO_8)
    np.testing.assert_allclose(means["outside"], outside.mean(), atol=TO_8)
    gap = (inside - outside).sub((inside - outside)[2013], axis=0).mean()
    path = made("figure_5")
    np.testing.assert_allclose(path["estimate"], gap.loc[2014 + path["event_time"]], atol=TO_8)
