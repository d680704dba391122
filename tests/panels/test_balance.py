"""Balanced panels: rows that are missing become zeros, and pairs without a link are dropped."""

import numpy as np
import pandas as pd
import pytest

from enclave import facts, panels
from enclave.base import terms

CELLS = pd.DataFrame(
    {"helper": ["440300", "440300"], "recipient": ["441600", "441600"], "year": [2009, 2011], "count": [2, 1]}
)


def test_a_missing_combination_becomes_zero_and_the_type_stays():
    cells = pd.DataFrame({"city": ["b", "a"], "year": [2001, 2000], "count": [5, 7]})
    filled = panels.balanced(cells, city=["a", "b"], year=range(2000, 2002))
    assert filled.to_numpy().tolist() == [["a", 2000, 7], ["a", 2001, 0], ["b", 2000, 0], ["b", 2001, 5]]
    assert filled["count"].dtype == cells["count"].dtype


def test_a_duplicate_cell_is_refused():
    cells = pd.DataFrame({"city": ["a", "a"], "count": [1, 2]})
    with pytest.raises(pd.errors.MergeError):
        panels.balanced(cells, city=["a"])


def test_all_pairs_have_all_years_and_the_total_is_unchanged():
    filled = panels.fill_years_without_link(CELLS)
    # 9 helpers, 12 recipients, 19 years
    assert len(filled) == 9 * 12 * 19
    assert filled["count"].sum() == 3
    assert not filled.duplicated([*terms.PAIR, "year"]).any()


def test_only_pairs_with_a_link_in_some_year_are_kept():
    linked = panels.drop_pairs_never_linked(panels.fill_years_without_link(CELLS))
    assert linked[terms.PAIR].drop_duplicates().to_numpy().tolist() == [["440300", "441600"]]
    assert linked["year"].tolist() == list(range(2000, 2019))
    assert linked.index.tolist() == list(range(19))


def test_directed_pairs_are_all_ordered_pairs_of_two_cities():
    cells = pd.DataFrame({"investor": ["441600"], "investee": ["440300"], "year": [2018], "count": [4]})
    filled = panels.fill_directed_pairs(cells)
    assert len(filled) == 21 * 20 * 19
    assert (filled["investor"] != filled["investee"]).all()
    assert filled[filled["count"] > 0].to_numpy().tolist() == [["441600", "440300", 2018, 4]]


def test_a_county_has_an_area_on_both_sides_of_the_park_in_every_year():
    areas = pd.DataFrame({"county": ["441602"], "park": [1], "year": [2012], "area_ha": [np.e - 1]})
    filled = panels.fill_years_without_grant(areas)
    assert len(filled) == 2 * 10
    granted = filled[filled["area_ha"] > 0]
    assert granted[["park", "year"]].to_numpy().tolist() == [[1, 2012]]
    assert granted["log_area"].tolist() == pytest.approx([1.0])
    assert (filled.loc[filled["area_ha"] == 0, "log_area"] == 0).all()


def test_pairs_have_the_given_cohorts_and_all_distances():
    treated = pd.DataFrame({"helper": ["440300"], "recipient": ["441600"], "cohort": [2009], "park": ["x"]})
    every = panels.pairs(treated)
    assert list(every) == [*terms.PAIR, "cohort", "park", *terms.DISTANCES]
    assert every["cohort"].dropna().tolist() == [2009]
    assert set(every["helper"]) == set(facts.city_codes("helper"))
    assert len(every) == 108
