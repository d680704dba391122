"""Places in the spellings of registers, each read by hand: what the cleaning makes of it is the city that it names."""

import hand
import pandas as pd
import pytest
import samples

from enclave_registers.cleaning import firms as cleaning
from enclave_registers.cleaning.row_counts import RowCounts
from enclave_registers.intake import convert
from enclave_registers.intake.cache import IntakeCache
from enclave_registers.intake.delivery.read import read
from enclave_registers.intake.values import place_names
from enclave_registers.intake.values.adjustments import COUNTY_IN_NUMBER, NO_COUNTY, PLACE

CITIES = {
    "4401": "440100",
    "440101": "440100",
    "440100000000": "440100",
    "440101000000": "440100",
    "440106000": "440106",
    "４４０１": "440100",
    "'4401": "440100",
    "440000000000": "440000",
    "4400": "440000",
    "44": "440000",
    "中国广东省广州市": "广东省广州市",
    "中华人民共和国广东省广州市": "广东省广州市",
    "中国-广东-广州": "广东广州",
    "广东省-广州市": "广东省广州市",
    "广东/广州市": "广东广州市",
    "广东省·广州市·天河区": "广东省广州市天河区",
    "广东省内广州市": "广东广州市",
    "440000广东省广州市": "广东省广州市",
    "廣東省廣州市": "广东省广州市",
    "Guangzhou": "广州市",
    "Guangzhou City": "广州市",
    "GUANGZHOU": "广州市",
    "Guang Zhou Shi": "广州市",
    "GuangzhouCity": "广州市",
    "Tianhe District, Guangzhou, Guangdong, China": "广州市",
    "Guangdong Guangzhou": "广州市",
    "Canton": "广州市",
    "Guangdong": "广东省",
    "Shanghai": "上海市",
    "中国广东省": "广东省",
    "粤": "广东省",
}
NO_PLACE = ["市辖区", "经济技术开发区", "高新区", "不是地方", "Atlantis", "Guangzhou, Hunan", "中国", "440105天河"]
READ_ALREADY = [
    "广州市",
    " 广 州 市",
    "４４０１００",
    "4412 00",
    "广东省",
    "广东省广州市天河区某路1号",
    "上海市",
    "110105",
]
PROVINCES = {
    "广东省广州市": "广东省",
    "广东省内": "广东省",
    "中国广东省": "广东省",
    "广东-深圳": "广东省",
    "Guangdong": "广东省",
    "Guangdong Province": "广东省",
    "GUANGDONG, CHINA": "广东省",
    "Kwangtung": "广东省",
    "CN-GD": "广东省",
    "粤": "广东省",
    "廣東省": "广东省",
    "440000000000": "广东省",
    "440000.0": "广东省",
    "43.0": "湖南省",
    "440103": "广东省",
    "广州市": "广东省",
    "深圳": "广东省",
    "Shenzhen": "广东省",
    "Hunan": "湖南省",
    "Inner Mongolia": "内蒙古自治区",
    "Nei Mongol": "内蒙古自治区",
    "Guangxi Zhuang Autonomous Region": "广西壮族自治区",
    "Shanxi": "山西省",
    "Shaanxi": "陕西省",
    "Peking": "北京市",
    "Hong Kong": "香港特别行政区",
    "湖南省长沙市": "湖南省",
    "海南藏族自治州": "青海省",
    "430100": "湖南省",
    "湘": "湖南省",
}
NO_PROVINCE = ["无省", "中国", "99", "Guangdong or Hunan", "外省", "东广"]


@pytest.mark.parametrize(("written", "usual"), CITIES.items())
def test_a_city_in_another_spelling_gets_its_usual_one(written, usual):
    assert place_names.usual_cities(pd.Series([written, None], dtype="str"))[0] == usual


@pytest.mark.parametrize("written", [*NO_PLACE, *READ_ALREADY])
def test_a_text_that_is_usual_or_means_nothing_known_stays_as_it_is(written):
    texts = pd.Series([written, None], dtype="str")
    assert place_names.usual_cities(texts) is texts


@pytest.mark.parametrize(("written", "usual"), PROVINCES.items())
def test_a_province_in_another_spelling_gets_its_name(written, usual):
    assert place_names.usual_provinces(pd.Series([written], dtype="str"))[0] == usual


@pytest.mark.parametrize("written", [*NO_PROVINCE, "广东", "44", "440000", "湖南", "43"])
def test_a_province_that_is_usual_or_unknown_stays_as_it_is(written):
    texts = pd.Series([written], dtype="str")
    assert place_names.usual_provinces(texts) is texts


@pytest.mark.parametrize("written", NO_PROVINCE)
def test_a_text_that_no_list_of_provinces_knows_is_told_apart(written):
    assert place_names.province_of(written) is None


def test_codes_of_a_whole_city_are_the_city_of_a_plot():
    codes = pd.Series(["441801", "441802", "441800000000", "441802000", None], dtype="str")
    assert place_names.usual_counties(codes).tolist()[:4] == ["441800", "441802", "441800", "441802"]


FIRMS = [
    {"firm_id": "known", "name": "宏达有限公司", "province": "湖南", "city": "广州市"},
    {"firm_id": "unknown", "name": "宏达有限公司", "province": "无省", "city": "广州市"},
    {"firm_id": "none", "name": "宏达有限公司", "province": None, "city": "广州市"},
    {"firm_id": "ours", "name": "宏达有限公司", "province": "广东", "city": "广州市"},
]


def test_another_province_drops_a_firm_and_a_text_that_is_no_province_leaves_it_to_the_city():
    seats = cleaning.seats(hand.raw(firms=FIRMS), RowCounts()).execute().set_index("firm_id")["seat"]
    assert seats.dropna().astype(int).to_dict() == {"unknown": 440100, "none": 440100, "ours": 440100}


@pytest.mark.parametrize("table", ["firms", "branches", "yearbook"])
def test_places_are_read_alike_in_all_tables_with_a_city(table, tmp_path):
    samples.write(table, tmp_path, frame=samples.ALL[table].iloc[[0]].assign(city="Shaoguan City"))
    assert samples.read_table(table, tmp_path)["city"].tolist() == ["韶关市"]


def test_an_unknown_code_of_any_length_is_refused_and_the_map_is_named(tmp_path):
    for code in ("441271", "441271000000", "4499"):
        fault = samples.of("firms", tmp_path, city=["440100", code, code, None])
        assert samples.where(fault) == ("firms.csv", "city", 2, 1)
        assert "map.yml" in fault.remedy


def test_plots_with_the_code_of_a_city_are_counted_by_what_becomes_of_them(tmp_path):
    codes, numbers = ["441800", "441801", None, "441802"], ["441802", "441800", "441801", "441802"]
    plots = pd.concat([samples.LAND.iloc[[0]]] * 4, ignore_index=True)
    plots = plots.assign(county_code=codes, supervision_number=[f"{n}2014B0000{i}" for i, n in enumerate(numbers)])
    samples.write("land", tmp_path, frame=plots)
    lines = []
    convert.convert("land", read(tmp_path), IntakeCache(tmp_path / "cache"), lines.append)
    assert lines == [
        f'land, column "county_code": 1 cell {PLACE}',
        f'land, column "county_code": 1 cell {COUNTY_IN_NUMBER}',
        f'land, column "county_code": 2 cells {NO_COUNTY}',
    ]
