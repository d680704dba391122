"""The check reads texts of a column in Python, the cleaning in its engine: both by one set of patterns and words."""

import ibis
import numpy as np
import pandas as pd
import pytest

from enclave import facts
from enclave_registers import engines
from enclave_registers.cleaning import city_from_text, column_texts, firms
from enclave_registers.cleaning.column_texts import (
    GUANGDONG,
    NO_PLACE,
    NO_PROVINCE,
    ONLY_PROVINCE,
    OTHER_PROVINCE,
    PLACE,
)

PIECES = [
    *(
        "广东省",
        "广东",
        "中国",
        "广州市",
        "番禺区",
        "英德市",
        "湖南",
        "长沙市",
        "440000",
        "44",
        "440100",
        "441881",
        "430100",
    ),
    *("４４０１００", "　", " ", "市辖区", "某路1号", "Guangzhou", "-", "（", "省", "市"),
]
LETTERS = [*"aｂ１2（）《》　\t\u00a0 ~～中广", "\ufeff"]


def mixed(pieces, most, seed):
    """Two thousand texts of some of the pieces, at most so many each."""
    random = np.random.default_rng(seed)
    return sorted({"".join(random.choice(pieces, random.integers(1, most + 1))) for _ in range(2000)})


def read_by_cleaning(texts):
    """For each text whether the cleaning finds a place in it, and the city."""
    engines.set_up_ibis()
    found = city_from_text._read_column(ibis.memtable(pd.DataFrame({"text": texts}))).execute()
    return found.set_index("text")


def test_all_places_in_all_their_spellings_are_read_as_the_cleaning_reads_them():
    names = [*column_texts.place_names(), *facts.cities()["code"], *facts.counties()["code"]]
    texts = sorted(
        {before + name + after for name in names for before in ("", "广东省", "广东") for after in ("", "某路")}
    )
    cleaned = read_by_cleaning(texts)["has_place"]
    assert len(texts) > 5000
    assert {text for text in texts if column_texts.city(text) != PLACE} == set()
    assert cleaned.all()


def test_any_text_is_a_place_for_the_check_and_for_the_cleaning_or_for_none():
    texts = mixed(PIECES, 4, seed=1)
    cleaned = read_by_cleaning(texts)["has_place"]
    # codes of Guangdong that no list has never reach the cleaning: the validation refuses them
    read = {text: column_texts.city(text) for text in texts if column_texts.normalised(text)}
    coded = {text for text in read if column_texts.normalised(text).removeprefix("广东").lstrip("省").startswith("44")}
    assert {text: kind == PLACE for text, kind in read.items() if text not in coded} == {
        text: bool(cleaned[text]) for text in read if text not in coded
    }


def test_texts_are_normalised_alike():
    texts = mixed(LETTERS, 8, seed=2)
    engines.set_up_ibis()
    rows = ibis.memtable(pd.DataFrame({"row": range(len(texts)), "text": pd.Series(texts, dtype="str")}))
    made = rows.mutate(made=city_from_text.normalise(rows.text)).order_by("row").execute()["made"]
    assert list(made) == [column_texts.normalised(text) for text in texts]


@pytest.mark.parametrize(
    ("text", "province", "city"),
    [
        ("广东省", GUANGDONG, ONLY_PROVINCE),
        ("４４", GUANGDONG, ONLY_PROVINCE),
        ("湖南", OTHER_PROVINCE, PLACE),
        ("西藏自治区", OTHER_PROVINCE, PLACE),
        ("长沙市", NO_PROVINCE, PLACE),
        ("市辖区", NO_PROVINCE, NO_PLACE),
        ("440000000000", NO_PROVINCE, ONLY_PROVINCE),
        ("449999", NO_PROVINCE, NO_PLACE),
        (" ", "", ""),
    ],
)
def test_texts_of_provinces_and_cities_are_told_apart(text, province, city):
    assert (column_texts.province(text), column_texts.city(text)) == (province, city)


def test_industry_codes_have_the_section_that_the_cleaning_gives_them():
    codes = [
        f"{letter}{number:02}{rest}" for letter in ("", "C", "Z") for number in range(100) for rest in ("", "1", "10")
    ]
    codes += ["c13", "C-13", "Ｃ１３", "1", "", "制造业"]
    entries = pd.DataFrame([(standard, code) for standard in (1994, 2002, 2011, 2017) for code in codes])
    entries = entries.set_axis(["standard", "code"], axis=1).assign(industry_id=lambda rows: rows.index.astype(str))
    engines.set_up_ibis()
    cleaned = firms.sections(ibis.memtable(entries)).execute().set_index("industry_id")["section"]
    read = {key: column_texts.section(year, code) for year, code, key in entries.itertuples(index=False)}
    assert {key: section for key, section in read.items() if section} == cleaned.to_dict()
