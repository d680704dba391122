"""A city from the text of a register: what counts as a place, and where in a name it may stand."""

import hand
import pandas as pd
import pytest

from enclave_registers.cleaning import city_from_text

GUANGZHOU, FOSHAN, QINGYUAN, JIANGMEN = "440100", "440600", "441800", "440700"


# name -> the city in it; all names of this file are read together
AT_THE_START_OR_IN_FULL = {
    "广州市宏达有限公司": GUANGZHOU,
    "广州宏达有限公司": GUANGZHOU,
    "广东省广州市宏达有限公司": GUANGZHOU,
    "广东清远宏达有限公司": QINGYUAN,
    "中国广州宏达有限公司": GUANGZHOU,
    "宏达广州市贸易有限公司": GUANGZHOU,
}
COUNTIES_AND_FORMER_NAMES = {
    "佛山市顺德区宏达有限公司": FOSHAN,
    "顺德宏达有限公司": FOSHAN,
    "顺德市宏达有限公司": FOSHAN,
    "南海宏达有限公司": FOSHAN,
    "从化市宏达有限公司": GUANGZHOU,
    "广东从化宏达有限公司": GUANGZHOU,
    "清新县宏达有限公司": QINGYUAN,
    "英德市宏达有限公司": QINGYUAN,
}
IN_BRACKETS = {"广州宏达（清远）有限公司": QINGYUAN, "广州宏达(清远)有限公司": QINGYUAN}
OUTSIDE = ["广州宏达(上海)有限公司", "上海宏达有限公司", "湖南省广州市场有限公司"]
INSIDE_ANOTHER_WORD = ["长江门业有限公司", "孙中山故居纪念有限公司", "长江门市部有限公司", "宏达有限公司"]
BARE_COUNTY = {"广东海丰宏达有限公司": "441500", "海丰宏达有限公司": None}
BRANCH_OVER_PARENT = {
    "广州宏达有限公司清远分公司": QINGYUAN,
    "广州宏达有限公司江门鹤山营业部": JIANGMEN,
    "广州宏达有限公司第二分公司": GUANGZHOU,
}
BRANCH_ALONE = {"宏达有限公司清远分公司": QINGYUAN, "宏达有限公司顺德分公司": FOSHAN}
FIRST_FULL_NAME = {"广州市南海渔村有限公司": GUANGZHOU}
WIDTH_AND_SPACE = {" 广 州\u3000市\u00a0宏达有限公司": GUANGZHOU, "ＡＢ（清远）有限公司": QINGYUAN}
GROUPS = [
    *(AT_THE_START_OR_IN_FULL, COUNTIES_AND_FORMER_NAMES, IN_BRACKETS, OUTSIDE, INSIDE_ANOTHER_WORD, BARE_COUNTY),
    *(BRANCH_OVER_PARENT, BRANCH_ALONE, FIRST_FULL_NAME, WIDTH_AND_SPACE),
]
# text of the city column, and name
COLUMNS = [
    *("清远市", "清远", "广东省清远市", "441800", "441827", "441803"),
    *("清新县", "清新区", "广东省清远市清新区", " 清远 市"),
]
RECORDS = [
    *((city, "宏达有限公司") for city in COLUMNS),
    *((city, "广州市宏达有限公司") for city in ("清远市", "广东省", "不详", "上海市")),
]


@pytest.fixture(scope="module")
def city_of():
    """A function: the city in a name, or None."""
    names = [name for group in GROUPS for name in group]
    found = city_from_text.cities_of_names(pd.Series(names)).set_axis(names)
    return {name: None if pd.isna(city) else city for name, city in found.items()}.__getitem__


@pytest.fixture(scope="module")
def located():
    """A function: the city of a record and where it was read, by city column and name, or None."""
    records = [{"firm_id": str(i), "city": city, "name": name} for i, (city, name) in enumerate(RECORDS)]
    table = city_from_text.locate(hand.raw(firms=records).firms)
    found = table.select("city", "name", "located", "located_by_name").execute().set_index(["city", "name"])

    def of_record(city, name="宏达有限公司"):
        row = found.loc[city, name]
        by = "name" if row["located_by_name"] else "column"
        return None if pd.isna(row["located"]) else (str(int(row["located"])), by)

    return of_record


@pytest.mark.parametrize(("name", "city"), AT_THE_START_OR_IN_FULL.items())
def test_the_city_at_the_start_or_in_full_anywhere_is_found(city_of, name, city):
    assert city_of(name) == city


@pytest.mark.parametrize(("name", "city"), COUNTIES_AND_FORMER_NAMES.items())
def test_counties_districts_and_former_names_lead_to_their_city(city_of, name, city):
    assert city_of(name) == city


@pytest.mark.parametrize(("name", "city"), IN_BRACKETS.items())
def test_a_place_in_brackets_outranks_the_one_at_the_start(city_of, name, city):
    assert city_of(name) == city


@pytest.mark.parametrize("name", OUTSIDE)
def test_a_name_that_tells_a_place_outside_guangdong_has_no_city(city_of, name):
    assert city_of(name) is None


@pytest.mark.parametrize("name", INSIDE_ANOTHER_WORD)
def test_a_city_name_inside_another_word_is_no_place(city_of, name):
    assert city_of(name) is None


@pytest.mark.parametrize(("name", "city"), BARE_COUNTY.items())
def test_the_bare_name_of_a_county_is_a_place_only_after_the_province(city_of, name, city):
    assert city_of(name) == city


@pytest.mark.parametrize(("name", "city"), BRANCH_OVER_PARENT.items())
def test_the_place_of_a_branch_outranks_that_of_its_parent(city_of, name, city):
    assert city_of(name) == city


@pytest.mark.parametrize(("name", "city"), BRANCH_ALONE.items())
def test_a_branch_may_name_its_place_at_the_end(city_of, name, city):
    assert city_of(name) == city


@pytest.mark.parametrize(("name", "city"), FIRST_FULL_NAME.items())
def test_the_first_full_name_wins_over_later_ones(city_of, name, city):
    assert city_of(name) == city


@pytest.mark.parametrize(("name", "city"), WIDTH_AND_SPACE.items())
def test_full_width_characters_and_every_kind_of_space_do_not_matter(city_of, name, city):
    assert city_of(name) == city


@pytest.mark.parametrize("city", COLUMNS)
def test_the_column_is_read_as_code_or_as_current_or_former_name(located, city):
    assert located(city) == (QINGYUAN, "column")


def test_the_name_is_asked_only_where_the_column_is_silent(located):
    assert located("清远市", "广州市宏达有限公司") == (QINGYUAN, "column")
    assert located("广东省", "广州市宏达有限公司") == (GUANGZHOU, "name")
    assert located("不详", "广州市宏达有限公司") == (GUANGZHOU, "name")
    assert located("上海市", "广州市宏达有限公司") is None


def test_every_name_in_the_gazetteer_has_one_city():
    table = city_from_text.gazetteer().execute()
    assert table["place"].is_unique
    assert table["place_city"].astype(str).str.fullmatch("44[0-9]{2}00").all()


def test_precision_and_recall_are_counted_against_the_known_cities():
    truth = pd.Series(["a", "a", "b", "b", None])
    found = pd.Series(["a", "b", "b", None, "a"])
    # found 4, right 2 (first and third); known 4
    assert city_from_text.score(found, truth) == {"precision": 0.5, "recall": 0.5, "n": 4}
