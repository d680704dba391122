"""The target counts: what must hold of any set, what of the committed one, and the message for a damaged folder."""

import count_draws
import pandas as pd
import pytest

from enclave import facts
from enclave.base import paths
from enclave.base.errors import InputError
from enclave.base.terms import PAIR
from enclave.facts import park_counties, treated_pairs
from enclave.panels import targets
from enclave_twin.counts import yearbook
from enclave_twin.tables import land as land_table

CELL = [*PAIR, "year"]


@pytest.fixture(scope="module")
def committed():
    return targets.read(paths.TWIN)


@pytest.fixture(scope="module")
def simulated():
    return count_draws.simulate(7)


@pytest.fixture(params=["committed", "simulated"])
def tables(request):
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize(("name", "pairs"), [("manufacturing", 88), ("all_industry", 107), ("branches", 107)])
def test_as_many_pairs_are_linked_as_the_paper_counts(tables, name, pairs):
    assert len(tables[name][PAIR].drop_duplicates()) == pairs


def test_all_thirteen_treated_pairs_have_a_manufacturing_link(tables):
    linked = tables["manufacturing"][PAIR].drop_duplicates()
    assert len(treated_pairs.by_rule()[PAIR].merge(linked, on=PAIR)) == 13


def test_all_industries_are_never_fewer_than_manufacturing(tables):
    both = tables["manufacturing"].merge(tables["all_industry"], on=CELL, how="left", suffixes=("", "_all"))
    assert (both["count_all"] >= both["count"]).all()


def test_the_network_from_helper_to_recipient_is_the_manufacturing_table(tables):
    roles = facts.cities().set_index("code")["role"]
    network = tables["network"]
    between = (network["investor"].map(roles) == "helper") & (network["investee"].map(roles) == "recipient")
    pd.testing.assert_frame_equal(
        network[between].set_axis([*CELL, "count"], axis=1).reset_index(drop=True), tables["manufacturing"]
    )


@pytest.mark.parametrize("name", list(targets.COLUMNS))
def test_rows_are_sorted_by_keys_that_occur_once(tables, name):
    table = tables[name]
    keys = [column for column in targets.COLUMNS[name][:3] if column != "population_10k"]
    assert not table.duplicated(keys).any()
    assert table[keys].equals(table[keys].sort_values(keys, ignore_index=True))


def test_tables_written_and_read_again_are_the_same_to_the_byte(committed, tmp_path):
    targets.write(committed, tmp_path)
    for name in targets.COLUMNS:
        assert (tmp_path / f"{name}.csv").read_bytes() == (paths.TWIN / f"{name}.csv").read_bytes(), name


def test_another_seed_writes_other_tables(committed, simulated):
    assert not committed["manufacturing"].equals(simulated["manufacturing"])


@pytest.mark.parametrize(
    ("column", "control", "treated"),
    [("phones_10k", 235, 41), ("hospital_beds", 6, 2), ("freight_10k_tonnes", 129, 22)],
)
def test_the_committed_yearbook_misses_the_pair_years_that_table_1_misses(committed, column, control, treated):
    linked = committed["manufacturing"][PAIR].drop_duplicates()
    pairs = linked.merge(treated_pairs.by_rule()[[*PAIR, "cohort"]], on=PAIR, how="left")
    gaps = pairs.merge(committed["yearbook"], on="recipient").query(f"{column}.isna()")
    assert (gaps["cohort"].isna().sum(), gaps["cohort"].notna().sum()) == (control, treated)


def test_the_yearbook_is_complete_in_2000(tables):
    first = tables["yearbook"].query("year == 2000")
    assert len(first) == 12
    assert first.notna().all(axis=None)


def test_a_gap_pattern_found_by_hand_is_found():
    # city a: 3 control pairs; city b: 2 control pairs and 1 treated. Two years of all cities miss 10 + 2 pair-years;
    # 13 + 2 needs one more year of a, 14 + 4 two more of b.
    kept = pd.DataFrame({"recipient": list("aaabbb"), "treated": [False] * 5 + [True]})
    assert yearbook.gap_pattern(kept, (13, 2)) == (2, {"a": 1})
    assert yearbook.gap_pattern(kept, (14, 4)) == (2, {"b": 2})


def test_where_no_gap_pattern_fits_the_nearest_is_taken():
    kept = pd.DataFrame({"recipient": list("aaabbb"), "treated": [False] * 5 + [True]})
    assert yearbook.gap_pattern(kept, (11, 2)) == (2, {})


def test_land_in_parks_falls_in_the_lean_years_and_jumps_in_2017(tables):
    inside = tables["land"].query("park == 1").groupby("year")["area_m2"].sum()
    assert inside.loc[2014:2016].max() < inside.loc[2011:2013].min()
    assert inside.loc[2017] == inside.max()


def test_every_county_of_the_land_table_has_a_plot_in_a_park(tables):
    table = tables["land"]
    assert set(table["county"]) == set(table.loc[table["park"] == 1, "county"])
    assert set(table["county"]) == set(park_counties.first_years().index)


def test_links_grow_over_the_years(tables):
    by_year = tables["network"].groupby("year")["count"].sum()
    assert by_year.loc[2014:2018].mean() > 2 * by_year.loc[2000:2004].mean()


def _folder(tmp_path, tables, **changed):
    for name, table in (tables | changed).items():
        table.to_csv(tmp_path / f"{name}.csv", index=False)
    return tmp_path


def test_a_missing_table_is_named(tmp_path):
    with pytest.raises(InputError, match=r"manufacturing\.csv: this table of target counts is missing"):
        targets.read(tmp_path)


def test_a_missing_column_is_reported(tmp_path, committed):
    folder = _folder(tmp_path, committed, land=committed["land"].drop(columns="plots"))
    with pytest.raises(InputError, match=r'land\.csv, column "plots": the column is missing'):
        targets.read(folder)


@pytest.mark.parametrize("value", ["-1", "0.5", "many"])
def test_a_count_that_is_no_whole_number_names_the_row(tmp_path, committed, value):
    damaged = committed["branches"].astype({"count": str})
    damaged.loc[4, "count"] = value
    with pytest.raises(InputError, match=r'branches\.csv, column "count", data row 5: not a whole number'):
        targets.read(_folder(tmp_path, committed, branches=damaged))


def test_fewer_links_than_in_manufacturing_are_refused(tmp_path, committed):
    fewer = committed["all_industry"].assign(count=0)
    with pytest.raises(InputError, match="fewer links than manufacturing"):
        targets.read(_folder(tmp_path, committed, all_industry=fewer))


def test_a_network_that_contradicts_manufacturing_is_refused(tmp_path, committed):
    roles = facts.cities().set_index("code")["role"]
    network = committed["network"].copy()
    between = network["investor"].map(roles).eq("helper") & network["investee"].map(roles).eq("recipient")
    network.loc[between.idxmax(), "count"] += 1
    with pytest.raises(InputError, match=r"network\.csv.*not the count that manufacturing\.csv has"):
        targets.read(_folder(tmp_path, committed, network=network))


def test_plots_that_would_be_too_small_are_refused(tmp_path, committed):
    land = committed["land"].copy()
    land.loc[2, ["plots", "area_m2"]] = 3, 299
    with pytest.raises(InputError, match=r'land\.csv, column "area_m2", data row 3: less than 0\.01 ha a plot'):
        targets.read(_folder(tmp_path, committed, land=land))


def test_the_target_area_is_in_hectares():
    land = pd.DataFrame({"county": ["441802"], "park": [1], "year": [2015], "plots": [1], "area_m2": [12_345]})
    assert land_table.areas(land)["area_ha"].tolist() == [1.2345]
