"""The committed facts against counts and names that other lists give, and the loaders against damaged files."""

import shutil

import pandas as pd
import pytest

from enclave import facts
from enclave.base import paths
from enclave.base.errors import InputError
from enclave.facts import tables

# Tang & Zhang (2024), section 4.1, note 2.
HELPERS = {"Guangzhou", "Shenzhen", "Zhuhai", "Foshan", "Dongguan", "Zhongshan", "Jiangmen", "Huizhou", "Zhaoqing"}

# Rows of the national lists for Guangdong less 1 province, 21 cities and 19 collective rows (市辖区), at year ends.
UNITS = {2002: 164 - 41, 2003: 163 - 41, 2004: 162 - 41, 2007: 162 - 41, 2012: 162 - 41, 2015: 160 - 41, 2020: 122}

# The province's own count at the end of 2020: 65 districts, 20 county-level cities, 34 counties, 3 autonomous counties.
KINDS_2020 = {"district": 65, "county-level city": 20, "county": 34 + 3}

# Divisions and sections that each vintage of GB/T 4754 says it has.
DIVISIONS = {1994: 92, 2002: 95, 2011: 96, 2017: 97}
SECTIONS = {1994: 16, 2002: 20, 2011: 20, 2017: 20}


def standing(year: int) -> pd.DataFrame:
    """Counties that stand at the end of a year."""
    counties = facts.counties()
    begun = counties["valid_from"].fillna(0) <= year
    return counties[begun & (counties["valid_to"].fillna(9999) > year)]


def city_of(name: str) -> str:
    places = facts.places().set_index("name")
    return facts.cities().set_index("code").loc[places.loc[name, "city"], "name"]


def test_nine_of_the_21_cities_help():
    cities = facts.cities()
    assert set(cities.loc[cities["role"] == "helper", "name"]) == HELPERS
    assert cities["role"].value_counts().to_dict() == {"helper": 9, "recipient": 12}
    assert cities["code"].is_unique
    assert cities["code"].str.fullmatch("44[0-9]{2}00").all()


@pytest.mark.parametrize(("year", "count"), UNITS.items())
def test_as_many_counties_stand_at_the_end_of_a_year_as_the_national_list_has(year, count):
    assert len(standing(year)) == count


def test_the_counties_of_2020_are_of_the_kinds_that_the_province_counts():
    assert standing(2020)["kind"].value_counts().to_dict() == KINDS_2020


def test_the_counties_of_2020_are_those_that_the_boundaries_draw():
    drawn = set(facts.boundaries("county")["code"]) - {"441900", "442000"}
    assert set(standing(2020)["code"]) == drawn


def test_a_unit_has_a_successor_that_stands_in_2020_exactly_if_it_has_ended():
    counties = facts.counties()
    current = set(standing(2020)["code"])
    ended = counties["valid_to"].notna()
    assert (counties["successor"] != "").equals(ended)
    assert set(counties.loc[ended, "successor"]) <= current


def test_a_successor_lies_in_the_same_city():
    counties = facts.counties()
    ended = counties[counties["successor"] != ""]
    assert (ended["successor"].str[:4] + "00").equals(ended["city"])


def test_a_county_code_has_one_span_only():
    counties = facts.counties()
    assert counties["code"].is_unique
    both = counties.dropna(subset=["valid_from", "valid_to"])
    assert (both["valid_from"] < both["valid_to"]).all()


@pytest.mark.parametrize(
    ("name", "city"),
    [
        ("顺德", "Foshan"),
        ("南海市", "Foshan"),
        ("番禺", "Guangzhou"),
        ("从化市", "Guangzhou"),
        ("宝安县", "Shenzhen"),
        ("英德", "Qingyuan"),
        ("清新县", "Qingyuan"),
        ("新会县", "Jiangmen"),
        ("揭阳县", "Jieyang"),
        ("茂港区", "Maoming"),
        ("云浮县", "Yunfu"),
        ("光明区", "Shenzhen"),
        ("梅县", "Meizhou"),
        ("惠阳", "Huizhou"),
    ],
)
def test_a_place_is_found_under_its_former_and_its_short_name(name, city):
    assert city_of(name) == city


def test_a_former_place_has_the_county_code_of_2020():
    county = facts.places().set_index("name")["county"]
    assert county["番禺市"] == county["番禺县"] == county["番禺"] == "440113"
    assert county["曲江县"] == "440205"
    assert county[["广州市", "广州"]].isna().all()


def test_names_that_fit_two_cities_and_short_names_of_districts_are_no_places():
    places = facts.places()
    names, kinds = set(places["name"]), places.set_index("name")["kind"]
    assert kinds["宝安"] == kinds["海丰"] == "bare"  # once counties: a place only after the name of the province
    assert "城区" not in names  # Foshan until 2002, Shanwei still
    assert {"天河", "梅"}.isdisjoint(names)
    assert {"宝安区", "天河区"} <= names


def test_no_name_is_a_place_both_inside_and_outside_the_province():
    assert set(facts.places()["name"]).isdisjoint(facts.elsewhere()["name"])
    assert facts.places()["name"].is_unique
    assert facts.elsewhere()["name"].is_unique


def test_provinces_and_prefectures_outside_are_known_in_full_and_short():
    province = facts.elsewhere().set_index("name")["province_zh"]
    assert province["海南"] == "海南省"
    assert province["恩施"] == province["恩施土家族苗族自治州"] == province["襄樊"] == "湖北省"
    assert province["广西"] == "广西壮族自治区"
    assert "东方" not in province  # a county-level city of Hainan, but a common word first
    assert province.nunique() == 33


def test_the_34_provinces_have_a_code_and_four_names_each_and_no_name_means_two():
    provinces = facts.provinces()
    assert len(provinces) == 34
    names = provinces[["code", "name_zh", "short_zh", "sign_zh", "name"]]
    assert names.stack().is_unique
    assert (provinces["name_zh"].str[:2] == provinces["short_zh"].str[:2]).all()
    assert set(facts.elsewhere()["province_zh"]) == set(provinces["name_zh"]) - {"广东省"}
    assert not {"广东省", "广东", "44", "440000"} & set(facts.other_provinces())


def test_a_spelling_in_latin_letters_means_one_place():
    spellings = facts.spellings()
    assert spellings["spelling"].str.casefold().is_unique
    names = {*facts.provinces()["name"], *facts.cities()["name"]}
    assert not names & set(spellings["spelling"])


@pytest.mark.parametrize("standard", DIVISIONS)
def test_each_section_of_a_vintage_has_a_name_and_divisions(standard):
    sections = facts.industry_sections().query("standard == @standard")
    divisions = facts.industries().query("standard == @standard")
    assert sections["section"].tolist() == sorted(divisions["section"].unique())
    assert sections.set_index("section").loc["C", "name_zh"] == "制造业"
    assert sections["name_zh"].is_unique


@pytest.mark.parametrize("standard", DIVISIONS)
def test_a_vintage_has_the_divisions_and_sections_that_it_says(standard):
    industries = facts.industries()
    vintage = industries[industries["standard"] == standard]
    assert len(vintage) == vintage["division"].nunique() == DIVISIONS[standard]
    assert vintage["section"].nunique() == SECTIONS[standard]
    assert vintage["division"].is_monotonic_increasing
    assert vintage["section"].is_monotonic_increasing


def test_manufacturing_runs_from_division_13_to_43_in_every_vintage():
    manufacturing = facts.industries().query("section == 'C'").groupby("standard")["division"]
    assert set(manufacturing.min()) == {"13"}
    assert set(manufacturing.max()) == {"43"}
    assert manufacturing.size().to_dict() == {1994: 30, 2002: 30, 2011: 31, 2017: 31}


@pytest.mark.parametrize(("standard", "classes"), [("2007", 57), ("2017", 73)])
def test_land_use_has_12_classes_of_which_the_second_level_opens_with_the_code(standard, classes):
    uses = facts.land_uses().query("standard == @standard")
    first = uses[uses["code"] == uses["class_code"]]
    second = uses[uses["code"] != uses["class_code"]]
    assert (len(first), len(second)) == (12, classes)
    assert (second["code"].str[:2] == second["class_code"]).all()
    assert second["code"].is_unique


def test_industry_mining_and_storage_is_the_same_class_in_both_vintages_and_on_the_market():
    uses = facts.land_uses()
    industrial = set(uses.loc[uses["class_zh"] == "工矿仓储用地", "name_zh"])
    assert industrial == {"工矿仓储用地", "工业用地", "采矿用地", "仓储用地", "盐田"}
    assert uses.groupby("class_code")["class_zh"].nunique().eq(1).all()
    assert uses.groupby("code")["class_code"].nunique().eq(1).all()
    assert uses.groupby("name_zh")["class_code"].nunique().drop(["风景名胜设施用地", "沼泽地"]).eq(1).all()


def test_dates_of_parks_are_a_year_a_month_or_a_day():
    parks = facts.parks()
    for column in ["agreement_date", "recognition_date", "demonstration_date", "operating_by"]:
        assert parks[column].str.fullmatch("|20[0-9]{2}(-[01][0-9](-[0-3][0-9])?)?").all()
    assert parks["park_zh"].is_unique
    assert set(parks["former_park_zh"]) - {""} <= set(parks["park_zh"])


def test_a_park_without_an_address_of_its_source_says_what_the_source_is():
    parks = facts.parks()
    assert (parks.loc[parks["source_url"] == "", "source_title"] != "").all()


def test_the_year_of_a_date_does_not_need_month_or_day():
    years = facts.year_of(pd.Series(["2008", "2009-03", "2011-02-18", ""]))
    assert years.tolist()[:3] == [2008, 2009, 2011]
    assert years.isna().tolist() == [False, False, False, True]


def test_the_pairing_of_2013_joins_six_helpers_with_eight_recipients():
    pairing = facts.pairing().query("year_from == 2013")
    assert (pairing["helper"].nunique(), pairing["recipient"].nunique(), len(pairing)) == (6, 8, 8)


def test_every_rule_change_that_figures_4_and_5_rest_on_is_dated():
    policy = facts.policy().set_index("document_no")
    dates = facts.year_of(policy["date"])
    assert dates["粤府〔2005〕22号"] == 2005
    assert dates["粤办发〔2013〕27号"] == 2013
    assert dates["粤府〔2016〕126号"] == 2016


def test_148_printed_numbers_have_as_many_decimals_as_the_table_says():
    published = facts.published()
    assert len(published) == 148
    written = published["printed"].str.extract(r"\.([0-9]+)$")[0].fillna("").str.len()
    assert written.equals(published["decimals"])
    assert not published.duplicated(["table", "column", "row", "statistic"]).any()


def test_each_claim_says_how_far_its_implementation_and_its_design_can_be_trusted():
    found = facts.standing()
    assert found["id"].tolist() == facts.claims()["id"].tolist()
    assert (found != "").all().all()
    assert found["reason"].str.endswith(".").all()
    assert set(found["design"]) == set(tables.DESIGNS)


def test_the_test_and_the_page_that_a_claim_names_exist():
    for row in facts.standing().itertuples():
        file, name = row.test.split("::")
        assert f"def {name}(" in (paths.ROOT / file).read_text(encoding="utf-8"), row.test
        assert (paths.ROOT / f"{row.page.strip('/')}.ipynb").is_file(), row.page


def test_a_word_for_the_design_that_is_none_is_refused(tmp_path, monkeypatch):
    spoilt = (paths.CLAIMS / "standing.csv").read_text(encoding="utf-8").replace(",weak,", ",strong,", 1)
    (tmp_path / "standing.csv").write_text(spoilt, encoding="utf-8")
    monkeypatch.setattr(paths, "CLAIMS", tmp_path)
    with pytest.raises(InputError, match=r"design.*is not one of arithmetic, descriptive, conditional, weak"):
        facts.standing()


def test_16_claims_are_numbered_in_order():
    assert facts.claims()["id"].tolist() == [f"C{number:02d}" for number in range(1, 17)]


def test_an_accepted_deviation_names_a_printed_number():
    keys = ["table", "column", "row", "statistic"]
    found = facts.deviations().merge(facts.published(), on=[*keys, "printed"])
    assert len(found) == len(facts.deviations())


def test_changing_a_loaded_table_does_not_change_the_facts():
    cities = facts.cities()
    cities["role"] = "helper"
    assert facts.cities()["role"].nunique() == 2


@pytest.fixture
def copied(tmp_path, monkeypatch):
    """A copy of the facts to damage."""
    folder = shutil.copytree(paths.FACTS, tmp_path / "facts", ignore=shutil.ignore_patterns("scripts", "*.geojson"))
    monkeypatch.setattr(paths, "FACTS", folder)
    return folder


def damage(file, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_a_facts_file_that_is_missing_is_named(copied):
    (copied / "policy.csv").unlink()
    with pytest.raises(InputError, match=r"^policy\.csv: there is no such file"):
        facts.policy()


def test_a_facts_file_without_a_column_names_the_column(copied):
    damage(copied / "industries.csv", "section", "letter")
    with pytest.raises(InputError, match=r'^industries\.csv, column "section": the column is missing'):
        facts.industries()


def test_a_park_of_an_unknown_city_names_the_row_and_how_many_more(copied):
    damage(copied / "parks.csv", ",Heyuan,", ",Heyuang,")
    with pytest.raises(InputError) as raised:
        facts.parks()
    # 中山(河源) is the first park of the file; eight more parks lie in Heyuan.
    assert (raised.value.file, raised.value.column, raised.value.row) == ("parks.csv", "recipient_city", 1)
    assert raised.value.more == 8


# a park of our own with everything that a row needs; each fault below is one of `newcomers`
PARK = {
    "park_zh": "某某产业转移工业园", "park_en": "A Park", "helper_city": "Guangzhou", "helper_level": "city",
    "helper_unit_zh": "广州市", "recipient_city": "Meizhou", "recipient_level": "county", "recipient_unit_zh": "五华县",
    "agreement_date": "2010-05", "precision": "month", "keeps_helper": "1", "source_url": "https://example.org/a",
    "source_title": "A report", "source_date": "2010-06-01",
}  # fmt: skip
FAULTS = {
    "a recipient as helper": ({"helper_city": "Meizhou"}, "helper_city", "'Meizhou' is a recipient, not a helper"),
    "a helper as recipient": ({"recipient_city": "Foshan"}, "recipient_city", "'Foshan' is a helper, not a recipient"),
    "a code for a name": ({"helper_city": "440100"}, "helper_city", "names are in English, such as Heyuan"),
    "a misspelt city": ({"recipient_city": "Meizou"}, "recipient_city", "did you mean 'Meizhou'?"),
    "a level of its own": ({"helper_level": "village"}, "helper_level", "'village' is none of city, district, town"),
    "a town that receives": ({"recipient_level": "town"}, "recipient_level", "'town' is none of city, county"),
    "a date with strokes": ({"agreement_date": "2010/05"}, "agreement_date", "write 2008, 2008-05 or 2008-05-01"),
    "a thirteenth month": ({"recognition_date": "2010-13"}, "recognition_date", "is no day of the calendar"),
    "a day that is none": ({"operating_by": "2010-02-30"}, "operating_by", "is no day of the calendar"),
    "a date of a source": ({"source_date": "May"}, "source_date", "'May' is no date"),
    "no source": ({"source_title": " ", "source_url": ""}, "source_title", "the row has no source"),
    "no address": ({"source_url": "example.org"}, "source_url", "begins with http:// or https://"),
    "no name": ({"park_zh": ""}, "park_zh", "is empty"),
    "a date without precision": ({"precision": ""}, "precision", "is empty beside a date"),
    "precision without a date": ({"agreement_date": ""}, "precision", "'month' has no date"),
    "another precision": ({"precision": "week"}, "precision", "'week' is none of day, month, year, before"),
    "a former park": ({"former_park_zh": "别的园"}, "former_park_zh", "is no park of the file"),
    "kept or not": ({"keeps_helper": "yes"}, "keeps_helper", "'yes' is none of 1, 0"),
}


def with_parks(folder, *rows: dict) -> int:
    """Add rows to the parks; returns the number of rows before."""
    before = pd.read_csv(folder / "parks.csv", dtype=str, keep_default_na=False)
    whole = pd.concat([before, pd.DataFrame([PARK | row for row in rows])]).fillna("")
    whole.to_csv(folder / "parks.csv", index=False)
    return len(before)


def test_a_park_with_all_that_a_row_needs_is_read(copied):
    before = with_parks(copied, {}, {"helper_city": "Foshan"})
    assert facts.parks().iloc[before:]["helper"].tolist() == ["440100", "440600"]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_a_park_names_file_column_row_and_remedy(copied, fault):
    changed, column, told = FAULTS[fault]
    before = with_parks(copied, changed)
    with pytest.raises(InputError, match=r"^parks\.csv, .*Correct the row\. `data/facts/README\.md`") as raised:
        facts.parks()
    assert (raised.value.column, raised.value.row, raised.value.more) == (column, before + 1, 0)
    assert told in str(raised.value)


def test_all_faults_of_a_park_are_told_at_once_and_further_parks_with_faults_counted(copied):
    wrong = {"helper_city": "Meizhou", "helper_level": "village", "agreement_date": "2010/13/45", "source_title": ""}
    before = with_parks(copied, wrong, wrong)
    with pytest.raises(InputError) as raised:
        facts.parks()
    told = str(raised.value)
    assert told.startswith(f"parks.csv, data row {before + 1} (and 1 more): ")
    for column in wrong:
        assert f'"{column}": ' in told
    assert "\n" not in told


def test_a_park_that_is_there_twice_names_both_rows(copied):
    before = with_parks(copied, {}, {})
    with pytest.raises(
        InputError, match=rf'column "park_zh", data row {before + 2}: .* is in data row {before + 1}, too'
    ):
        facts.parks()


@pytest.mark.parametrize(("row", "cells"), [("a,b,c,d,e,f", 6), (",".join("abcdefghijklmnopqrstu"), 21)])
def test_a_row_with_other_cells_than_the_header_is_named(copied, row, cells):
    before = with_parks(copied)
    with (copied / "parks.csv").open("a", encoding="utf-8") as file:
        file.write(f"{row}\n")
    with pytest.raises(InputError, match=rf"^parks\.csv, data row {before + 1}: the row has {cells} cells, .*has 19"):
        facts.parks()


def test_a_distance_that_is_no_number_names_the_row(copied):
    table = pd.read_csv(copied / "distances.csv", dtype=str)
    table.loc[2, "dist_centroid_km"] = "far"
    table.to_csv(copied / "distances.csv", index=False)
    with pytest.raises(InputError, match=r'column "dist_centroid_km", data row 3: .far. is not a number'):
        facts.distances()


def test_a_county_of_an_unknown_city_names_the_row(copied):
    damage(copied / "counties.csv", "440102,东山区,440100", "440102,东山区,449900")
    with pytest.raises(InputError, match=r'^counties\.csv, column "city", data row 1: .449900. is not one of the 21'):
        facts.counties()


# Figures of the publications that the rows name: million units or million yuan, and million persons.
LEVELS = {
    ("population_10k", 2000): 1265.83 * 100 / 333,
    ("population_10k", 2018): 1395 * 100 / 333,
    ("revenue_10k_yuan", 1997): 442_422 / 1236.26,
    ("revenue_10k_yuan", 2018): 9_790_450 / 1395,
    ("expenditure_10k_yuan", 1997): 670_106 / 1236.26,
    ("expenditure_10k_yuan", 2018): (22_090_607 - (10_238_180 - 6_967_399)) / 1395,
    ("phones_10k", 2000): (144.85 + 84.533) / 1265.83,
    ("phones_10k", 2018): 1.122 + 0.13,
    ("fixed_phones_10k", 2000): 144.85 / 1265.83,
    ("fixed_phones_10k", 2018): 0.13,
    ("hospital_beds", 2000): 3.177 * 10_000 / 1265.83,
    ("hospital_beds", 2018): 6.03 * 10,
    ("freight_10k_tonnes", 2000): 13_581.24 / 1265.83,
    ("freight_10k_tonnes", 2017): 47_900 / 1395,
}


def test_levels_of_the_country_follow_from_the_figures_of_their_sources():
    levels = facts.national_levels()
    levels = levels[levels["quantity"] != "area_ha"].set_index(["quantity", "year"])["value"]
    assert set(levels.index) == set(LEVELS)
    for key, value in LEVELS.items():
        assert levels[key] == pytest.approx(value, rel=0.003), key


def test_each_level_of_the_country_names_an_address_or_what_is_judgement():
    sources = facts.national_levels()["source"]
    told = sources.str.contains("https?://", regex=True) | sources.str.contains("judgement|without its address")
    assert told.all()
