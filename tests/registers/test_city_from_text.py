"""A city from the text of a register: what counts as a place, and where in a name it may stand."""

import hand
import pandas as pd
import pytest

from enclave_registers.cleaning import city_from_text

GUANGZHOU, FOSHAN, QINGYUAN, JIANGMEN, ZHONGSHAN = "440100", "440600", "441800", "440700", "442000"


def city_of(name):
    found = city_from_text.cities_of_names(pd.Series([name])).iloc[0]
    return None if pd.isna(found) else found


def column_says(city, name="宏达有限公司"):
    firms = hand.raw(firms=[{"firm_id": "1", "name": name, "city": city}]).firms
    found = city_from_text.locate(firms).select("located", "by_name").execute().iloc[0]
    return None if pd.isna(found["located"]) else (str(int(found["located"])), "name" if found["by_name"] else "column")


@pytest.mark.parametrize(
    ("name", "city"),
    [
        ("广州市宏达有限公司", GUANGZHOU),
        ("广州宏达有限公司", GUANGZHOU),
        ("广东省广州市宏达有限公司", GUANGZHOU),
        ("广东清远宏达有限公司", QINGYUAN),
        ("中国广州宏达有限公司", GUANGZHOU),
        ("宏达广州市贸易有限公司", GUANGZHOU),
    ],
)
def test_the_city_at_the_start_or_in_full_anywhere_is_found(name, city):
    assert city_of(name) == city


@pytest.mark.parametrize(
    ("name", "city"),
    [
        ("佛山市顺德区宏达有限公司", FOSHAN),
        ("顺德宏达有限公司", FOSHAN),
        ("顺德市宏达有限公司", FOSHAN),
        ("南海宏达有限公司", FOSHAN),
        ("从化市宏达有限公司", GUANGZHOU),
        ("广东从化宏达有限公司", GUANGZHOU),
        ("清新县宏达有限公司", QINGYUAN),
        ("英德市宏达有限公司", QINGYUAN),
    ],
)
def test_counties_districts_and_former_names_lead_to_their_city(name, city):
    assert city_of(name) == city


def test_a_place_in_brackets_outranks_the_one_at_the_start():
    assert city_of("广州宏达（清远）有限公司") == QINGYUAN
    assert city_of("广州宏达(清远)有限公司") == QINGYUAN


@pytest.mark.parametrize("name", ["广州宏达(上海)有限公司", "上海宏达有限公司", "湖南省广州市场有限公司"])
def test_a_name_that_tells_a_place_outside_guangdong_has_no_city(name):
    assert city_of(name) is None


@pytest.mark.parametrize("name", ["长江门业有限公司", "孙中山故居纪念有限公司", "长江门市部有限公司", "宏达有限公司"])
def test_a_city_name_inside_another_word_is_no_place(name):
    assert city_of(name) is None


def test_the_bare_name_of_a_county_is_a_place_only_after_the_province():
    assert city_of("广东海丰宏达有限公司") == "441500"
    assert city_of("海丰宏达有限公司") is None


def test_the_place_of_a_branch_outranks_that_of_its_parent():
    assert city_of("广州宏达有限公司清远分公司") == QINGYUAN
    assert city_of("广州宏达有限公司江门鹤山营业部") == JIANGMEN
    assert city_of("广州宏达有限公司第二分公司") == GUANGZHOU


def test_a_branch_may_name_its_place_at_the_end():
    assert city_of("宏达有限公司清远分公司") == QINGYUAN
    assert city_of("宏达有限公司顺德分公司") == FOSHAN


def test_the_first_full_name_wins_over_later_ones():
    assert city_of("广州市南海渔村有限公司") == GUANGZHOU


def test_full_width_characters_and_every_kind_of_space_do_not_matter():
    assert city_of(" 广 州\u3000市\u00a0宏达有限公司") == GUANGZHOU
    assert city_of("ＡＢ（清远）有限公司") == QINGYUAN


@pytest.mark.parametrize(
    "city",
    [
        "清远市",
        "清远",
        "广东省清远市",
        "441800",
        "441827",
        "441803",
        "清新县",
        "清新区",
        "广东省清远市清新区",
        " 清远 市",
    ],
)
def test_the_column_is_read_as_code_or_as_current_or_former_name(city):
    assert column_says(city) == (QINGYUAN, "column")


def test_the_name_is_asked_only_where_the_column_is_silent():
    assert column_says("清远市", "广州市宏达有限公司") == (QINGYUAN, "column")
    assert column_says("广东省", "广州市宏达有限公司") == (GUANGZHOU, "name")
    assert column_says("不详", "广州市宏达有限公司") == (GUANGZHOU, "name")
    assert column_says("上海市", "广州市宏达有限公司") is None


def test_every_name_in_the_gazetteer_has_one_city():
    table = city_from_text.gazetteer().execute()
    assert table["place"].is_unique
    assert table["place_city"].astype(str).str.fullmatch("44[0-9]{2}00").all()


def test_precision_and_recall_are_counted_against_the_known_cities():
    truth = pd.Series(["a", "a", "b", "b", None])
    found = pd.Series(["a", "b", "b", None, "a"])
    # found 4, right 2 (first and third); known 4
    assert city_from_text.score(found, truth) == {"precision": 0.5, "recall": 0.5, "n": 4}
