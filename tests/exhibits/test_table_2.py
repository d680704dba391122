"""Table 2 without the never-treated pairs that have a documented park, and with them treated."""

import numpy as np
import pandas as pd
import pytest

from enclave import facts
from enclave.base.terms import PAIR, YEARS
from enclave.exhibits import table_2
from enclave.panels import Panels

# looked up in parks.csv: pair, first documented year of a park of any level
PARK = ("Zhuhai", "Yangjiang", 2014)
TREATED = [("Guangzhou", "Meizhou", 2013), ("Foshan", "Yunfu", 2008)]
NEVER = [("Zhuhai", "Meizhou"), ("Jiangmen", "Yunfu"), ("Huizhou", "Heyuan")]


@pytest.fixture(scope="module")
def panels():
    """Six pairs with made-up counts: two treated, one with a park that the list leaves out, three without a park."""
    code, rng, rows = facts.cities().set_index("name")["code"], np.random.default_rng(3), []
    for helper, recipient, cohort in [*TREATED, (*PARK[:2], None), *((*pair, None) for pair in NEVER)]:
        rows += [(code[helper], code[recipient], year, int(rng.poisson(2)), cohort) for year in YEARS]
    panel = pd.DataFrame(rows, columns=[*PAIR, "year", "count", "cohort"]).astype({"cohort": "Int64"})
    recipients = sorted(panel["recipient"].unique())
    controls = pd.DataFrame(rng.normal(10, 1, (len(recipients), 5)), columns=list("abcde"))
    yearbook = controls.assign(city=recipients, year=2000)
    panel.attrs["source"] = yearbook.attrs["source"] = "made-up"
    return Panels("made-up", {"manufacturing": panel, "yearbook": yearbook}.__getitem__)


def by_dummies(panel):
    """Coefficient of the treatment on counts by least squares with dummies."""
    treat = (panel["year"] >= panel["cohort"].fillna(9999)).astype(float)
    pair = panel["helper"] + panel["recipient"]
    dummies = pd.get_dummies(pd.DataFrame({"pair": pair, "year": panel["year"].astype(str)}), dtype=float)
    design = np.column_stack([treat, dummies])
    return np.linalg.lstsq(design, panel["count"].astype(float), rcond=None)[0][0]


def test_the_controls_with_a_park_are_those_of_the_facts(panels):
    found = table_2.documented_controls(panels.manufacturing)
    names = found[PAIR].map(facts.cities().set_index("code")["name"].get)
    assert [(*names.iloc[0], found["year"].iloc[0])] == [PARK]
    assert len(found) == 1


def test_the_three_samples_are_regressions_with_the_pair_in_out_and_treated(panels, monkeypatch):
    monkeypatch.setattr(table_2, "COLUMNS", {"1": ("count", False)})
    monkeypatch.setattr(table_2, "controls", lambda *given: None)
    made = table_2.other_controls(panels).set_index("controls")
    panel = panels.manufacturing
    code = facts.cities().set_index("name")["code"]
    own = (panel["helper"] == code[PARK[0]]) & (panel["recipient"] == code[PARK[1]])
    assert made.loc[table_2.AS_LISTED, "estimate"] == pytest.approx(by_dummies(panel))
    assert made.loc[table_2.LEFT_OUT, "estimate"] == pytest.approx(by_dummies(panel[~own]))
    treated = panel.assign(cohort=panel["cohort"].mask(own, PARK[2]))
    assert made.loc[table_2.TREATED, "estimate"] == pytest.approx(by_dummies(treated))
    assert made["treated_pairs"].tolist() == [2, 2, 3]
    assert made["n"].tolist() == [6 * 19, 5 * 19, 6 * 19]
    assert made.attrs["source"] == "made-up"
