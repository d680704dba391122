"""Synthetic registers have the data errors of real ones: each kind occurs, at two seeds."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from enclave import facts
from enclave.base import paths
from enclave_twin import write
from enclave_twin.text.data_errors import Record, corrupt_text

FIRMS = 6_000
COLUMN_FORMS = [
    *["city", "city short", "city with province", "county", "county with city", "former county"],
    *["city code", "county code", "old county code", "missing", "province only"],
]
KINDS = {
    "firms": [
        *[f"city column: {form}" for form in COLUMN_FORMS],
        *["name: brackets", "name: full name inside", "name: before branch", "name: city at the start"],
        *["name: county at the start", "name: former county at the start", "name: misleading place", "name: no place"],
        *["group: hopeless", "group: outside", "industry missing", "industry dangling", "province missing"],
        *["established missing", "city name inside another word"],
    ],
    "shareholders": [
        *["counted, investor by identifier", "counted, investor by name only", "counted, date missing"],
        *["counted, investor by dangling identifier", "natural persons", "own city", "other pair, other industry"],
        *["investor outside", "dangling firm", "outside the period", "no date at all", "investor without place"],
        *["investor outside in the master", "firm outside or hopeless"],
    ],
    "industries": [
        *[f"vintage {standard}" for standard in (1994, 2002, 2011, 2017)],
        *["code of 2 digits", "code of 3 digits", "code of 4 digits", "code with section letter"],
    ],
    "branches": [
        *["counted, parent by identifier", "counted, parent by identifier without name", "own city", "no date"],
        *[
            "counted, parent by name of a firm",
            "counted, parent by name only",
            "counted, parent by dangling identifier",
        ],
        *["outside the period", "outside the province", "city unknown", "parent outside", "parent unknown"],
        *["parent outside the delta", "counted, city column: missing", "counted, city column: province only"],
    ],
    "yearbook": [
        *["city by code", "city by full name", "city by short name", "outside the period", "helper cities"],
        *["phones_10k missing", "freight_10k_tonnes missing"],
    ],
    "land": [
        *["allocated", "under 0.01 ha", "other use", "outside the period", "helper city", "county without park"],
        *["county code missing", "county code of a former county", "former county, code only in the number"],
        *["former county by name", "location missing"],
    ],
}
CORRUPTED = ["firms", "shareholders", "branches", "yearbook", "land"]
REPEATED = ["firms", "shareholders", "branches", "land"]


@pytest.fixture(scope="module", params=[21, 22])
def written(request, tmp_path_factory, small_counts):
    """Raw tables, recorded firms and recorded data errors of one seed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paths, "BUILD", tmp_path_factory.mktemp("errors"))
        write.registers("errors", firms=FIRMS, seed=request.param, counts=small_counts)
        raw = {path.stem: pd.read_parquet(path) for path in paths.registers("errors").glob("*.parquet")}
        errors = pd.read_csv(paths.ground_truth("errors") / "data_errors.csv").set_index(["table", "kind"])["count"]
        yield raw, pd.read_parquet(paths.ground_truth("errors") / "firms.parquet").set_index("firm_id"), errors


@pytest.mark.parametrize(("table", "kind"), [(table, kind) for table, kinds in KINDS.items() for kind in kinds])
def test_each_kind_of_data_error_is_recorded(written, table, kind):
    assert written[2][table, kind] > 0


@pytest.mark.parametrize("table", REPEATED)
def test_repeated_records_are_exact_and_as_many_as_recorded(written, table):
    raw, _, errors = written
    assert raw[table].duplicated().sum() == errors[table, "repeated records"]


@pytest.mark.parametrize(("table", "columns"), [("firms", ["name", "city"]), ("land", ["location"])])
@pytest.mark.parametrize("blank", [" ", "\u3000", "\u00a0"])
def test_each_kind_of_white_space_occurs_in_names_cities_and_addresses(written, table, columns, blank):
    for column in columns:
        assert written[0][table][column].str.contains(blank, regex=False).any()


@pytest.mark.parametrize("table", CORRUPTED)
def test_spaces_and_full_width_forms_are_recorded(written, table):
    assert written[2][table, "stray spaces"] > 0
    assert written[2][table, "full-width characters"] > 0


def test_city_codes_occur_in_full_width_digits(written):
    assert written[0]["firms"]["city"].str.contains("[０-９]{6}").any()


def test_identifiers_of_shareholders_are_in_the_master_or_unknown_or_missing(written):
    raw, firms, _ = written
    identifier = raw["shareholders"]["shareholder_id"].dropna()
    assert identifier.isin(firms.index).any()
    assert (~identifier.isin(firms.index)).any()
    assert raw["shareholders"]["shareholder_id"].isna().any()


def test_unknown_keys_occur_in_every_reference(written):
    raw, firms, _ = written
    assert (~raw["shareholders"]["firm_id"].isin(firms.index)).any()
    assert (~raw["branches"]["parent_id"].dropna().isin(firms.index)).any()
    assert (~raw["firms"]["industry_id"].dropna().isin(raw["industries"]["industry_id"])).any()


def test_some_stakes_are_before_and_after_the_period(written):
    year = written[0]["shareholders"]["invested_on"].dt.year
    assert (year < 2000).any()
    assert (year > 2018).any()
    assert year.isna().any()


def test_both_labels_of_allocated_land_occur_also_inside_parks(written):
    land = written[0]["land"]
    inside = land[land["location"].str.contains("产业转移工业园", na=False)]
    assert {"划拨", "划拨土地"} <= set(inside["supply_mode"])


def test_plots_outside_period_and_size_occur(written):
    land = written[0]["land"]
    assert (land["signed_on"].dt.year < 2011).any()
    assert (land["signed_on"].dt.year > 2020).any()
    assert (land["area_ha"] < 0.01).any()


def test_addresses_near_the_park_word_do_not_contain_it(written):
    location = written[0]["land"]["location"]
    assert location.str.contains("转移产业工业园", na=False).any()


def test_a_county_code_that_is_missing_or_old_can_be_recovered(written):
    land, counties = written[0]["land"], facts.counties()
    missing = land[land["county_code"].isna()]
    assert missing["supervision_number"].str[:6].isin(counties["code"]).all()
    former = counties.loc[counties["successor"] != "", "code"]
    assert missing["supervision_number"].str[:6].isin(former).any()
    assert land["county_code"].isin(former).any()


def test_former_names_of_counties_occur_as_cities_and_in_names(written):
    counties = facts.counties()
    standing = set(counties.loc[counties["successor"] == "", "name_zh"])
    former = [name for name in counties["name_zh"] if name not in standing]
    firms = written[0]["firms"]
    assert firms["city"].isin(former).any()
    assert firms["name"].str.startswith(tuple(former)).any()


def test_city_names_are_hidden_in_other_words(written):
    name = written[0]["firms"]["name"]
    for trap in ("长江门窗", "孙中山", "中山大学", "南海渔村", "广州湾", "长江门市部"):
        assert name.str.contains(trap).any(), trap


def test_firms_without_a_known_city_are_recorded_as_missing(written):
    raw, firms, _ = written
    provinces = raw["firms"].drop_duplicates("firm_id").set_index("firm_id")["province"]
    inside = ["广东省", "广东", "440000", "44"]
    strangers = provinces[provinces.notna() & ~provinces.isin(inside)].index
    assert len(strangers) > 0
    assert firms.loc[strangers, "city"].isna().all()
    assert firms["city"].dropna().isin(facts.cities()["code"]).all()


def test_parents_given_only_by_name_are_one_firm_each(written):
    raw = written[0]
    named = raw["branches"][raw["branches"]["parent_id"].isna() & raw["branches"]["parent_name"].notna()]
    bearers = raw["firms"].drop_duplicates("firm_id")["name"].value_counts()
    matched = bearers.reindex(named["parent_name"]).dropna()
    assert len(matched) > 0
    assert (matched == 1).all()


def test_corrupting_text_leaves_missing_values_and_the_input_unchanged():
    before = ["广州(清远)甲", None, "乙"] * 40
    clean, record = pa.array(before), Record()
    corrupted = corrupt_text(clean, np.random.default_rng(1), record, "t").to_pylist()
    names = clean.to_pylist()
    assert names == before
    assert [value is None for value in corrupted] == [value is None for value in names]
    # 4 % of the 80 names, 10 % of the 40 with an ASCII character, both rounded up
    assert record.frame()["count"].tolist() == [4, 4]
    assert sum(value != old for value, old in zip(corrupted, names, strict=True)) <= 8
