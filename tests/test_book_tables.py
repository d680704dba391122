"""Tables 1 and 2 as the book's own pages write them, against plain NumPy on the counts behind the registers.

The second path shares nothing with the package but the raw files of `data/`: the counts, the yearbook and the list of
treated pairs, which is taken from the pair panel.
"""

import numpy as np
import pandas as pd
import plain
import pytest

from enclave import panels, paths, results
from enclave.tasks import runner

TO_8 = 1e-8
PAIR = ["helper", "recipient"]
RATIOS = {
    "revenue_per_capita": "revenue_10k_yuan",
    "expenditure_per_capita": "expenditure_10k_yuan",
    "phones_per_resident": "phones_10k",
    "hospital_beds_per_10k": "hospital_beds",
}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The book of the twin, up to the pages."""
    from conftest import rebase

    with pytest.MonkeyPatch.context() as patch:
        rebase(patch, tmp_path_factory.mktemp("book"))
        runner.build("twin", until="pages")
        yield "twin"


@pytest.fixture(scope="module")
def cells(built):
    """One row per kept pair and year, straight from the files of `data/twin`."""
    codes = dict.fromkeys(PAIR, str)
    counts = pd.read_csv(paths.TWIN / "manufacturing.csv", dtype=codes)
    pairs = counts[PAIR].drop_duplicates().merge(pd.DataFrame({"year": range(2000, 2019)}), how="cross")
    made = pairs.merge(counts, on=[*PAIR, "year"], how="left").fillna({"count": 0})
    made = made.merge(panels.pairs()[[*PAIR, "cohort"]].astype({"cohort": float}), on=PAIR)
    made = made.merge(_yearbook(), on=["recipient", "year"], how="left")
    return made.assign(log=np.log(1 + made["count"]), treat=(made["year"] >= made["cohort"]).astype(float))


def _yearbook():
    raw = pd.read_csv(paths.TWIN / "yearbook.csv", dtype={"recipient": str})
    ratios = {name: raw[level] / raw["population_10k"] for name, level in RATIOS.items()}
    return raw[["recipient", "year", "freight_10k_tonnes"]].assign(**ratios)


def test_every_cell_of_table_1(built, cells):
    names = {"investments": "count", "log_investments": "log"}
    found = results.read("table_1", built)
    assert len(found) == 2 * 7 * 3
    for row in found.itertuples():
        group = cells[cells["cohort"].notna() == (row.column == "treated")]
        values = group[names.get(row.row, row.row)].dropna().to_numpy(float)
        expected = {"n": len(values), "mean": values.sum() / len(values), "sd": np.std(values, ddof=1)}[row.statistic]
        assert row.value == pytest.approx(expected, abs=TO_8), (row.column, row.row, row.statistic)


@pytest.mark.parametrize("column", [1, 2, 3, 4])
def test_every_cell_of_table_2(built, cells, column):
    found = results.read("table_2", built).query(f"column == '{column}'")
    found = found.set_index(["row", "statistic"])["value"]
    terms = [cells["treat"]]
    if column in (2, 4):
        base = _yearbook().query("year == 2000").drop(columns="year").set_index("recipient")
        base = (base - base.mean()) / base.std()
        terms += plain.crossed(base.loc[cells["recipient"]], cells["year"])
    outcome = cells["count" if column < 3 else "log"]
    estimate, error, r2 = plain.twfe(outcome, terms, cells["helper"] + cells["recipient"], cells["year"])
    assert found["treat", "estimate"] == pytest.approx(estimate[0], abs=TO_8)
    assert found["treat", "std_error"] == pytest.approx(error[0], abs=TO_8)
    assert found["model", "r2"] == pytest.approx(r2, abs=TO_8)
    assert found["model", "n"] == len(cells)
