"""What else is measured of panels: the distance to a limit, and treated pairs around their cohort, by hand."""

import numpy as np
import pandas as pd
import pytest

from enclave import panels
from enclave.exhibits import appendix_c


def panel_of(*pairs):
    """A panel from (cohort, counts), one row per year from 2000 on."""
    rows = [
        (str(place), "r", 2000 + year, count, cohort)
        for place, (cohort, counts) in enumerate(pairs)
        for year, count in enumerate(counts)
    ]
    frame = pd.DataFrame(rows, columns=["helper", "recipient", "year", "count", "cohort"])
    return frame.astype({"cohort": "Int64"})


def around(panel):
    """The row of the first panel, the same panel for all three."""
    return appendix_c.before_and_after(dict.fromkeys(panels.PAIR_PANELS, panel)).iloc[0]


def test_levels_and_growth_of_treated_pairs_by_hand():
    # One pair doubles every year before its park and triples from it on; the never treated grow by half each year.
    row = around(panel_of((2003, [1, 2, 4, 9, 27, 81]), (pd.NA, [32, 48, 72, 108, 162, 243])))
    assert row["before"] == pytest.approx(7 / 3)
    assert row["after"] == pytest.approx(39)
    growth = row[["growth_before", "growth_after", "never_growth"]].astype(float)
    assert growth.tolist() == pytest.approx([1.0, 2.0, 0.5])


def test_growth_is_taken_where_every_treated_pair_is_there():
    # The second pair has two years before; the first pair's year at event time -3 would mix another set of pairs.
    row = around(panel_of((2003, [500, 1, 2, 2, 2]), (2002, [1, 2, 2, 2, 2]), (pd.NA, [1] * 5)))
    assert row["growth_before"] == pytest.approx(1.0)


def test_a_year_without_a_count_leaves_no_growth():
    assert np.isnan(around(panel_of((2002, [0, 1, 1, 1]), (pd.NA, [1] * 4)))["growth_before"])


def test_room_is_zero_at_a_limit_and_a_half_in_the_middle(monkeypatch):
    values = [0.2, 0.3, 0.4, 0.5]
    rules = [appendix_c.Rule(f"rule {value}", lambda made, v=value: v, 0.2, 0.4, "no") for value in values]
    monkeypatch.setattr(appendix_c, "RULES", rules)
    found = appendix_c.check({})
    assert found["room"].round(9).tolist() == [0.0, 0.5, 0.0, -0.5]
    assert found["holds"].tolist() == [True, True, True, False]


def test_every_rule_says_what_the_fit_knew_of_it():
    assert all(rule.in_the_fit for rule in appendix_c.RULES)
    assert any(rule.in_the_fit.startswith("no") for rule in appendix_c.RULES)


def test_the_loudest_year_of_treated_pairs_comes_with_its_ratio():
    # treated totals 2, 9, 4, 4: nine over a mean of three; pairs that never got a park do not count
    panel = panel_of((2002, [1, 5, 2, 2]), (2003, [1, 4, 2, 2]), (pd.NA, [1, 1, 90, 1]))
    assert appendix_c.loudest_year({"manufacturing": panel}) == (2001, pytest.approx(3.0))
