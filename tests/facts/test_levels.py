"""Levels of cities and firms against each other: sums against what another page prints, growth, shares, per head."""

import pandas as pd
import pytest

from enclave import facts
from enclave.base import paths
from enclave.base.errors import InputError
from enclave.facts.levels import FIRM_COUNTS, HELPERS, ORIGINS, PROVINCE, YEARBOOK_UNITS

LOADERS = {
    "city_economies.csv": facts.city_economies,
    "industrial_enterprises.csv": facts.industrial_enterprises,
    "new_firms.csv": facts.new_firms,
    "recipient_levels.csv": facts.recipient_levels,
}
KEYS = {
    "city_economies.csv": ["code", "year"],
    "industrial_enterprises.csv": ["code", "year"],
    "new_firms.csv": ["region", "year", "month", "kind"],
    "recipient_levels.csv": ["code", "year", "measure"],
}
NUMBER = {
    "city_economies.csv": "gdp_100m_yuan",
    "industrial_enterprises.csv": "enterprises",
    "new_firms.csv": "count_10k",
    "recipient_levels.csv": "value",
}
# The page's own lines "by region" under the 21 cities: delta, east, west, north.
REGIONS = {
    2000: (15322, 1669, 1155, 1549),
    2005: (28681, 3110, 1666, 1700),
    2010: (41441, 6802, 2238, 2937),
    2015: (31765, 4929, 2356, 3084),
    2019: (46213, 4545, 2014, 2643),
}
EAST = ["440500", "441500", "445100", "445200"]
WEST = ["440800", "440900", "441700"]
NORTH = ["440200", "441400", "441600", "441800", "445300"]
# Shares of Guangdong among the legal entities of three censuses, as the pages print them beside the counts.
CENSUS_SHARES = {2013: 9.88, 2018: 14.3}


def of_kind(region: str, kind: str) -> pd.DataFrame:
    firms = facts.new_firms()
    return firms[(firms["region"] == region) & (firms["kind"] == kind)].sort_values(["year", "month"])


def in_december(region: str, kind: str) -> pd.Series:
    whole = of_kind(region, kind)
    return whole[whole["month"] == 12].set_index("year")["count_10k"]


def measured(measure: str, code: str) -> pd.Series:
    levels = facts.recipient_levels()
    found = levels[(levels["measure"] == measure) & (levels["code"] == code)]
    return found.set_index("year")["value"]


@pytest.mark.parametrize("name", LOADERS)
def test_each_figure_is_above_zero_of_one_place_and_time_and_names_its_source(name):
    table = LOADERS[name]()
    assert not table.duplicated(KEYS[name]).any()
    assert (table[NUMBER[name]] > 0).all()
    assert table["year"].between(1998, 2020).all()
    assert (table["source_title"].str.len() > 5).all()
    assert table["source_url"].str.fullmatch("|https?://[^ ]+").all()
    assert table["source_date"].str.fullmatch("|(19|20)[0-9]{2}(-[01][0-9](-[0-3][0-9])?)?").all()
    assert set(table["origin"]) <= set(ORIGINS)


@pytest.mark.parametrize("name", LOADERS)
def test_a_source_without_an_address_is_said_to_be_seen_without_one(name):
    table = LOADERS[name]()
    assert table.loc[table["source_url"] == "", "source_title"].str.contains("without its address").all()


@pytest.mark.parametrize("name", LOADERS)
def test_a_data_set_of_unknown_origin_is_named_with_its_commit_or_without(name):
    table = LOADERS[name]()
    assert table.loc[table["origin"] == "dataset", "source_title"].str.contains("commit").all()


@pytest.mark.parametrize("year", [2011, 2016])
def test_the_economies_of_all_cities_sum_to_a_little_more_than_the_province(year):
    # Cities counted what they make elsewhere in the province, too; the province counts it once.
    economies = facts.city_economies().query("year == @year").set_index("code")["gdp_100m_yuan"]
    cities = economies.drop(PROVINCE)
    assert sorted(cities.index) == facts.city_codes()
    assert 1 <= cities.sum() / economies[PROVINCE] < 1.1


@pytest.mark.parametrize("year", [2011, 2016])
def test_the_recipients_make_a_fifth_as_the_province_said_for_2010(year):
    # 21.2% in 2010, by the statistical office of the province (http://hnjqqz.com/news/201101/24/515.html, 2011-01-24).
    economies = facts.city_economies().query("year == @year").set_index("code")["gdp_100m_yuan"].drop(PROVINCE)
    assert economies[facts.city_codes("recipient")].sum() / economies.sum() == pytest.approx(0.212, abs=0.01)


def test_every_city_grew_by_1_to_16_percent_a_year_from_2011_to_2016():
    economies = facts.city_economies().pivot(index="code", columns="year", values="gdp_100m_yuan")
    growth = (economies[2016] / economies[2011]) ** (1 / 5) - 1
    assert growth.between(0.01, 0.16).all()


def test_the_order_of_the_cities_hardly_changes_between_the_two_years():
    economies = facts.city_economies().query(f"code != '{PROVINCE}'")
    ranks = economies.pivot(index="code", columns="year", values="gdp_100m_yuan")[[2011, 2016]].rank()
    assert ranks.corr().loc[2011, 2016] > 0.95
    assert ranks[2016].idxmax() == "440100"


def test_single_rows_lie_between_the_years_that_have_all_cities():
    economies = facts.city_economies().set_index(["code", "year"])["gdp_100m_yuan"]
    assert economies["440600", 2008] < economies["440600", 2011]
    assert economies["441600", 2001] < economies["441600", 2011]
    for code, year in [("441400", 2015), ("445200", 2015)]:
        assert economies[code, 2011] < economies[code, year] < economies[code, 2016]
    for code in ["440800", "442000", PROVINCE]:
        assert economies[code, 2018] > economies[code, 2016]


@pytest.mark.parametrize("year", REGIONS)
def test_industrial_enterprises_sum_to_the_four_regions_that_the_page_prints(year):
    enterprises = facts.industrial_enterprises().query("year == @year").set_index("code")["enterprises"]
    sums = [enterprises[codes].sum() for codes in (facts.city_codes("helper"), EAST, WEST, NORTH)]
    assert tuple(sums) == REGIONS[year]
    assert sorted([*EAST, *WEST, *NORTH]) == facts.city_codes("recipient")


def test_new_enterprises_rise_each_year_and_most_in_the_year_of_the_reform():
    new = in_december("China", "new enterprises")
    assert new.index.tolist() == [2012, 2013, 2014, 2015, 2016]
    growth = new.pct_change().dropna()
    assert (growth > 0.2).all()
    assert growth.idxmax() == 2014


def test_derived_numbers_of_new_enterprises_agree_with_growth_that_other_pages_print():
    new = in_december("China", "new enterprises")
    assert new[2013] / 1.2763 == pytest.approx(new[2012], abs=0.01)
    assert new[2015] / 1.216 == pytest.approx(new[2014], abs=0.1)
    assert new[2016] == pytest.approx(1.51 * 366, abs=0.1)
    # The conference of 2017: 6900 a day before the reform, and the press of 2016: 12000 a day in 2015.
    assert new[2013] / 365 == pytest.approx(0.69, abs=0.01)
    assert new[2015] / 365 == pytest.approx(1.2, abs=0.02)


def test_new_enterprises_of_some_months_are_fewer_than_those_of_more_months():
    new = of_kind("China", "new enterprises")
    assert new.groupby("year")["count_10k"].apply(lambda counts: counts.is_monotonic_increasing).all()
    months = new.set_index(["year", "month"])["count_10k"]
    assert months[2016, 9] * 1.125 == pytest.approx(months[2017, 9], rel=0.001)
    assert months[2017, 6] * 1.125 == pytest.approx(months[2018, 6], rel=0.001)


def test_more_enterprises_are_new_than_the_stock_of_registered_ones_grows():
    stock = of_kind("China", "registered enterprises").set_index(["year", "month"])["count_10k"]
    new = of_kind("China", "new enterprises").set_index(["year", "month"])["count_10k"]
    assert stock.is_monotonic_increasing
    grown = stock[2016, 12] - stock[2013, 10]
    assert grown < new[2014, 12] + new[2015, 12] + new[2016, 12]
    assert stock[2017, 9] - stock[2016, 12] < new[2017, 9]


@pytest.mark.parametrize("kind", ["private enterprises", "legal entities, census"])
def test_a_stock_of_guangdong_is_8_to_15_percent_of_the_country(kind):
    shares = (in_december("Guangdong", kind) / in_december("China", kind)).dropna()
    assert len(shares) >= 2
    assert shares.between(0.08, 0.15).all()


def test_guangdong_has_the_share_of_the_census_that_the_pages_print():
    shares = in_december("Guangdong", "legal entities, census") / in_december("China", "legal entities, census")
    for year, share in CENSUS_SHARES.items():
        assert 100 * shares[year] == pytest.approx(share, abs=0.06)


def test_private_enterprises_of_guangdong_grew_by_more_than_a_tenth_a_year():
    stock = in_december("Guangdong", "private enterprises")
    years = pd.Series(stock.index, stock.index).diff().dropna()
    assert ((stock / stock.shift()).dropna() ** (1 / years)).between(1.1, 1.3).all()


@pytest.mark.parametrize("kind", [kind for kind in FIRM_COUNTS if "legal" in kind or "corporate" in kind])
def test_a_stock_at_the_end_of_a_year_never_falls_by_more_than_a_tenth(kind):
    stock = in_december("China", kind)
    assert (stock.pct_change().dropna() > -0.1).all()


def test_corporate_enterprises_are_fewer_than_legal_entities():
    for suffix in ("", ", census"):
        entities = in_december("China", "legal entities" + suffix)
        enterprises = in_december("China", "corporate enterprises" + suffix)
        assert (enterprises / entities).dropna().between(0.6, 0.9).all()


def test_what_the_yearbook_levels_measure_are_columns_of_the_yearbook_and_recipients():
    levels = facts.recipient_levels()
    assert set(levels["code"]) - {PROVINCE, HELPERS} <= set(facts.city_codes("recipient"))
    assert set(levels["measure"]) <= set(YEARBOOK_UNITS)


def test_the_twelve_recipients_have_the_rest_of_the_population_of_2008():
    # The list has 9544.00 for the 21 cities: the province's figure before the census of 2010 raised it.
    levels = facts.recipient_levels().query("measure == 'population_10k' and year == 2008")
    recipients = levels[levels["code"] != HELPERS]
    assert sorted(recipients["code"]) == facts.city_codes("recipient")
    helpers = [876.83, 1018.20, 595.29, 148.11, 251.09, 694.98, 392.71, 414.27, 380.29]
    assert recipients["value"].sum() + sum(helpers) == pytest.approx(9544)


def test_the_helpers_are_half_of_the_province_in_2000_and_six_tenths_in_2018():
    shares = measured("population_10k", HELPERS) / measured("population_10k", PROVINCE)
    assert shares[2000] == pytest.approx(0.5, abs=0.02)
    assert shares[2018] == pytest.approx(0.61, abs=0.02)


@pytest.mark.parametrize("code", ["440500", "440800", "440900", "441600", "445100", "445200"])
def test_the_population_of_a_recipient_changes_by_less_than_4_percent_a_year(code):
    population = measured("population_10k", code).sort_index()
    years = pd.Series(population.index, population.index).diff().dropna()
    assert len(years) >= 1
    assert ((population / population.shift()).dropna() ** (1 / years)).between(0.96, 1.04).all()


def test_the_province_spends_more_than_it_takes_in_and_both_grow():
    revenue, expenditure = measured("revenue_10k_yuan", PROVINCE), measured("expenditure_10k_yuan", PROVINCE)
    assert (expenditure / revenue).dropna().between(1.2, 1.5).all()
    assert revenue.sort_index().is_monotonic_increasing
    assert expenditure.sort_index().is_monotonic_increasing


def test_levels_of_the_province_per_head_are_within_a_factor_of_three_of_the_country():
    population = measured("population_10k", PROVINCE)
    national = facts.national_levels().set_index(["quantity", "year"])["value"]
    per_head = {
        ("expenditure_10k_yuan", 2000): measured("expenditure_10k_yuan", PROVINCE)[2000] / population[2000],
        ("expenditure_10k_yuan", 2018): measured("expenditure_10k_yuan", PROVINCE)[2018] / population[2018],
        ("revenue_10k_yuan", 2018): measured("revenue_10k_yuan", PROVINCE)[2018] / population[2018],
        ("freight_10k_tonnes", 2000): measured("freight_10k_tonnes", PROVINCE)[1999] / population[2000],
        ("freight_10k_tonnes", 2018): measured("freight_10k_tonnes", PROVINCE)[2018] / population[2018],
        ("phones_10k", 2018): measured("phones_10k", PROVINCE)[2006] / population[2005],
        ("hospital_beds", 2000): measured("hospital_beds", PROVINCE)[1998] / population[2000],
    }
    for key, ours in per_head.items():
        assert 1 / 3 < ours / national[key] < 3, key


def damaged(tmp_path, monkeypatch, name: str, **cells: str):
    """The loader of a copy of the facts in whose file the third row has other cells."""
    for file in (name, "cities.csv"):
        table = pd.read_csv(paths.FACTS / file, dtype=str, keep_default_na=False)
        if file == name:
            table.loc[2, list(cells)] = list(cells.values())
        table.to_csv(tmp_path / file, index=False)
    monkeypatch.setattr(paths, "FACTS", tmp_path)
    return LOADERS[name]


@pytest.mark.parametrize(
    ("name", "column", "cell", "problem"),
    [
        ("city_economies.csv", "code", "449900", "'449900' is not one of the 21 cities"),
        ("city_economies.csv", "gdp_100m_yuan", "", "is in a cell that needs a number"),
        ("city_economies.csv", "gdp_100m_yuan", "many", "'many' is not a number"),
        ("industrial_enterprises.csv", "code", PROVINCE, "'440000' is not one of the 21 cities"),
        ("industrial_enterprises.csv", "source_title", "", "is no title of a source"),
        ("new_firms.csv", "region", "Guangxi", "'Guangxi' is not one of: China; Guangdong"),
        ("new_firms.csv", "kind", "firms", "'firms' is not one of: new enterprises; "),
        ("new_firms.csv", "origin", "memory", "'memory' is not one of: official; mirror; press; list; dataset"),
        ("recipient_levels.csv", "measure", "phones", "'phones' is not one of: population_10k; "),
        ("recipient_levels.csv", "unit", "persons", "'persons' is not the unit of its measure"),
        ("recipient_levels.csv", "year", "", "is in a cell that needs a number"),
    ],
)
def test_a_damaged_cell_is_refused_with_file_column_and_row(tmp_path, monkeypatch, name, column, cell, problem):
    with pytest.raises(InputError) as raised:
        damaged(tmp_path, monkeypatch, name, **{column: cell})()
    assert (raised.value.file, raised.value.column, raised.value.row) == (name, column, 3)
    assert problem in str(raised.value)
