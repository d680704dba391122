"""Messages on what a call was given say what can be given in its place, in one line."""

import copy
import importlib
import inspect
import pkgutil
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from enclave import csdid, did, event_study, exhibits, facts, land, network, panels, placebo
from enclave.base import arguments, paths
from enclave.base.errors import EnclaveError
from enclave.estimators import batch, distance, jackknife
from enclave.exhibits import results, scorecard
from enclave.facts.names import city_names
from enclave.style import maps, tables
from enclave_exercises import check


def pairs():
    """Three pairs in three years; the first is treated in the second year."""
    rows = [("a", "x", 2006), ("a", "y", None), ("b", "x", None)]
    cells = [(*pair, year) for pair in rows for year in (2005, 2006, 2007)]
    return pd.DataFrame(cells, columns=["helper", "recipient", "cohort", "year"]).assign(count=range(9))


def links():
    return pd.DataFrame({"investor": ["440100"], "investee": ["440200"], "year": [2010], "count": [3]})


def grants():
    rows = [(county, park, year) for county in ("c", "d") for park in (0, 1) for year in (2012, 2013, 2014)]
    return pd.DataFrame(rows, columns=["county", "park", "year"]).assign(log_area=range(12))


MISTAKES: dict[str, tuple[Callable, str]] = {
    "source": (lambda: panels.read("land", "twinn"), "There is no source 'twinn'. Did you mean 'twin'?"),
    "source of all": (lambda: panels.of("twni").land, "There is no source 'twni'. Did you mean 'twin'?"),
    "source of a result": (
        lambda: results.read("table_2", "twinn"),
        "There is no source 'twinn'. Did you mean 'twin'?",
    ),
    "source of a check": (lambda: check("2.1", 2, "twinn"), "There is no source 'twinn'. Did you mean 'twin'?"),
    "panel": (lambda: panels.read("manufacture", "twin"), "no panel 'manufacture'. Did you mean 'manufacturing'?"),
    "panel in capitals": (lambda: panels.read("Branches", "twin"), "Did you mean 'branches'?"),
    "panel as a file": (lambda: panels.read("land.parquet", "twin"), "Did you mean 'land'?"),
    "arguments swapped": (lambda: panels.read("twin", "land"), "There is no panel 'twin'. Choose one of manufacturing"),
    "attribute": (lambda: panels.of("twin").manufacture, "Did you mean 'manufacturing'?"),
    "outcome": (lambda: did.twfe(pairs(), "coutn"), "no column 'coutn'. Did you mean 'count'? Choose one of helper"),
    "outcome as a column": (lambda: did.twfe(pairs(), pairs()["count"]), "and this is a Series. Write 'count'."),
    "outcome as a list": (lambda: did.twfe(pairs(), ["count"]), "and this is a list. Write 'count'."),
    "a name for a panel": (lambda: did.twfe("land", "count"), "but 'land'. Give one with a row for each unit"),
    "all panels for one": (lambda: did.twfe(panels.of("twin"), "count"), "but a Panels. Give one with a row"),
    "weights": (
        lambda: did.twfe(pairs(), "count", weights="cont"),
        "no column 'cont' of weights. Did you mean 'count'?",
    ),
    "weights as a column": (lambda: did.twfe(pairs(), "count", weights=pairs()["count"]), "this is a Series. Write"),
    "controls": (lambda: did.twfe(pairs(), "count", controls=True), "`controls` is True. Give a table"),
    "interaction": (lambda: did.twfe(pairs(), "count", interaction="km"), "this is 'km'. Give one like that, such as"),
    "convention": (lambda: did.twfe(pairs(), "count", ssc="regdhfe"), "Did you mean 'reghdfe'?"),
    "outcomes": (lambda: batch.twfe(pairs(), "count"), "`outcomes` is 'count'. Give a list, also for a single value"),
    "window as a number": (
        lambda: event_study.estimate(pairs(), "count", window=5),
        "`window` is 5. Give the first and the last event time, such as window=(-5, 10).",
    ),
    "window of three": (
        lambda: event_study.estimate(pairs(), "count", window=(-5, 0, 9)),
        "`window` is (-5, 0, 9). Give",
    ),
    "window of halves": (
        lambda: event_study.estimate(pairs(), "count", window=(-1.5, 1)),
        "An end of `window` is -1.5.",
    ),
    "base": (lambda: event_study.estimate(pairs(), "count", base=None), "`base` is None. Give a whole number."),
    "outside": (lambda: event_study.estimate(pairs(), "count", outside="bined"), "Did you mean 'binned'?"),
    "control group": (
        lambda: csdid.att_gt(pairs(), "count", control_group="nevertreated"),
        "Did you mean 'never_treated'",
    ),
    "no draws": (lambda: placebo.draws(pairs(), "count", 0, 1), "`n_draws` is 0. Give a whole number of 1 or more."),
    "draws below zero": (lambda: placebo.draws(pairs(), "count", -5, 1), "`n_draws` is -5. Give a whole number"),
    "draws in words": (lambda: placebo.draws(pairs(), "count", "abc", 1), "`n_draws` is 'abc'. Give a whole number"),
    "draws with a point": (lambda: placebo.draws(pairs(), "count", 1e3, 1), "`n_draws` is 1000.0. Give a whole number"),
    "no seed": (lambda: placebo.draws(pairs(), "count", 9, None), "`seed` is None. Give a whole number of 0 or more."),
    "p value": (lambda: placebo.p_value(2.0, np.array([1.0, 2.0])), "`drawn` is 2.0 and `true` is a ndarray. Give"),
    "distance": (lambda: distance.km(facts.distances(), "dist_boundary_km"), "Did you mean 'boundary'?"),
    "no function": (lambda: jackknife.leave_one_out(pairs(), "count"), "`estimate` is 'count'. Give a function"),
    "years of land": (lambda: land.contrast(grants(), 2014, [2013]), "`years` is 2014. Give a list, also for a single"),
    "window of land": (lambda: land.event_study(grants(), window=3), "`window` is 3. Give the first and the last"),
    "threshold": (lambda: network.density(links(), 5), "thresholds=[5]."),
    "helpers": (lambda: network.further_looks(links(), "440100"), "helpers=['440100']."),
    "names for codes": (lambda: network.further_looks(links(), ["Guangzhou"]), 'facts.city_codes("helper")'),
    "maps of one year": (lambda: maps.network_maps(links(), 2010), "`years` is 2010. Give a list"),
    "maps of no year": (lambda: maps.network_maps(links(), [1990]), "The network has no rows of the year 1990."),
    "boundaries": (lambda: facts.boundaries("cities"), "There is no level of boundaries 'cities'. Choose one of city"),
    "role": (lambda: facts.city_codes("helpers"), "There is no role of a city 'helpers'. Did you mean 'helper'?"),
    "language of names": (lambda: city_names("cn"), "There is no language 'cn'."),
    "exhibit": (lambda: results.read("table2", "twin"), "There is no exhibit 'table2'. Did you mean 'table_2'?"),
    "cells": (lambda: results.cells(2, pairs()), "`columns` is a DataFrame. Give each column of the table its number"),
    "headings": (lambda: tables.regression(pairs(), "Links"), "`columns` is a DataFrame. Give each column"),
    "estimates for cells": (
        lambda: scorecard.compare(pairs(), facts.published()),
        "The table of results has no column 'table'. It needs table, column, row, statistic.",
    ),
    "nothing to balance": (lambda: panels.balanced(pairs()), "No level was given."),
    "another table to fill": (
        lambda: panels.fill_years_without_link(grants()),
        "has no column 'helper'. It needs helper",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_typical_mistake_ends_in_one_line_that_says_what_exists(mistake):
    call, told = MISTAKES[mistake]
    with pytest.raises(EnclaveError) as fault:
        call()
    assert told in str(fault.value), str(fault.value)
    assert "\n" not in str(fault.value)


def test_each_source_that_exists_is_named(build_folder):
    (paths.registers("mine")).mkdir(parents=True)
    (paths.panels("yours")).mkdir(parents=True)
    with pytest.raises(EnclaveError, match=r"Choose one of twin, .*mine, yours\."):
        panels.read("land", "theirs")


def test_a_source_that_exists_without_panels_is_to_be_built(build_folder):
    (paths.registers("mine")).mkdir(parents=True)
    with pytest.raises(EnclaveError, match=r"No panel 'land' of source 'mine'\. Run `.*book SOURCE=mine` first"):
        panels.read("land", "mine")


def test_panels_can_be_copied_and_asked_for_what_they_lack():
    data = panels.Panels("twin", {"land": grants()}.__getitem__)
    assert not hasattr(data, "manufacture")
    assert copy.copy(data).land.equals(grants())


def test_of_many_names_the_first_are_listed():
    known = [f"column_{number}" for number in range(arguments.MOST + 7)]
    told = arguments.offered("nothing like it", known)
    assert told.endswith(f"{known[arguments.MOST - 1]} and 7 more.")


@pytest.mark.parametrize(
    ("given", "known", "near"),
    [
        ("City Level", ["any_level", "city_level"], "city_level"),
        ("dist_prd_boundary_km", ["boundary", "prd_boundary"], "prd_boundary"),
        ("treatment", ["treat"], "treat"),
        ("more", ["at_least", "more_than"], "more_than"),
        ("abacus", ["duckdb", "spark"], None),
        ("", ["twin"], None),
    ],
)
def test_the_nearest_name_is_spelt_alike_or_is_a_part(given, known, near):
    assert arguments.nearest(given, known) == near


def test_long_arguments_and_tables_are_not_quoted():
    assert arguments.in_short("x" * 100) == "a str"
    assert arguments.in_short(["a value"]) == "a list"
    assert arguments.in_short(pairs()) == "a DataFrame"
    assert arguments.in_short(inspect.signature) == "a function"


def in_modules(package):
    """Every module of a package, loaded."""
    return [
        importlib.import_module(one.name) for one in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    ]


TAKERS = [
    function
    for module in in_modules(exhibits)
    for _, function in inspect.getmembers(module, inspect.isfunction)
    if function.__module__ == module.__name__ and not function.__name__.startswith("_")
    if any(one.annotation is panels.Panels for one in inspect.signature(function).parameters.values())
]


@pytest.mark.parametrize("function", TAKERS, ids=lambda one: f"{one.__module__.rpartition('.')[2]}.{one.__name__}")
@pytest.mark.parametrize("given", ["manufacturing", pairs()], ids=["a name", "one panel"])
def test_whoever_takes_all_panels_of_a_source_says_so_if_it_is_given_something_else(function, given):
    with pytest.raises(EnclaveError, match=r"Give all panels of a source: panels\.of\(source\)\.$"):
        function(given)


@pytest.mark.parametrize("exhibit", exhibits.MAKERS)
def test_each_maker_takes_all_panels(exhibit):
    with pytest.raises(EnclaveError, match=r"`panels` of \w+\.make is 'manufacturing'\. Give all panels"):
        exhibits.MAKERS[exhibit]("manufacturing")


def test_a_function_that_takes_tables_takes_them_by_place_and_by_name_and_nothing_else():
    @arguments.takes_tables
    def rows(table: pd.DataFrame, least: int = 0) -> int:
        return len(table) + least

    assert (rows(pairs()), rows(table=pairs(), least=1)) == (9, 10)
    for call in (lambda: rows("pairs"), lambda: rows(table="pairs")):
        with pytest.raises(EnclaveError, match=r"`table` of test_arguments\.rows is 'pairs'\. Give a table"):
            call()
