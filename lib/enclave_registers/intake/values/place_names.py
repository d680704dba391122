"""Places and provinces in the spellings of registers: one usual spelling for each, or the text itself.

A province is 广东省 in some deliveries and 广东省广州市, 440000000000, Guangdong or 粤 in others. A city is 广州市, and
also 4401, 中国广东省广州市, 广东省-广州市 or Guangzhou City. A text that names no known place stays as it is.
"""

import re
import unicodedata
from functools import cache, lru_cache

import numpy as np
import pandas as pd
import pyarrow as arrow
from pyarrow import compute

from enclave import facts

GUANGDONG = "广东省"
# what a code of the whole city ends with in lists that call it a district (市辖区)
WHOLE_CITY = "01"
COUNTRY = "^(?:中华人民共和国|中国)"
SEPARATORS = re.compile(r"[-‐–—−_/\\|,，、;；:：·•.>→~+()（）\[\]【】《》<\s]+")
MARKS = "'\"`=‘’“”´"
# characters in traditional and simplified writing: of provinces and cities; of counties, and of 產業轉移工業園
OF_CITIES = ("廣東關頭門陽遠雲慶蘇遼寧龍貴陝肅內臺灣別區縣雙粵", "广东关头门阳远云庆苏辽宁龙贵陕肃内台湾别区县双粤")
OF_COUNTIES = (
    "從鶴樂興豐陸電吳聞羅鬱懷會岡饒來華嶺順禪寶鹽崗黃蘿開產業轉園國連橋湞",
    "从鹤乐兴丰陆电吴闻罗郁怀会冈饶来华岭顺禅宝盐岗黄萝开产业转园国连桥浈",
)
TRADITIONAL = OF_CITIES[0] + OF_COUNTIES[0]
SIMPLIFIED = str.maketrans(TRADITIONAL, OF_CITIES[1] + OF_COUNTIES[1])
ENDING = "(?:city|shi|municipality|province|sheng|autonomousregion|sar)$"
# pieces of a text in Latin letters in which a place is looked for
PIECES = 500
WHITE_SPACE = r"[\s\p{Z}]+"
CODE = re.compile(r"[0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12}")
REMEMBERED = 100_000


def usual_cities(texts: pd.Series) -> pd.Series:
    """Each text of a city column in a spelling that the cleaning reads, computed for each distinct text."""
    return _usual(texts, _has_usual_city, usual_city)


def usual_provinces(texts: pd.Series) -> pd.Series:
    """Each text of a province column as the name of its province, if it is not such a name or code already."""
    return _usual(texts, lambda values: compute.is_in(values, arrow.array(_usual_province_texts())), usual_province)


def usual_counties(codes: pd.Series) -> pd.Series:
    """Each code of a county with six digits; one of the whole city as the code of that city."""
    return _usual(
        codes, lambda values: compute.match_substring_regex(values, "^[0-9]{4}(?:[1-9][0-9]|0[02-9])$"), _code
    )


@lru_cache(REMEMBERED)
def province_of(text: str) -> str | None:
    """The province in a text of a province column, by its Chinese name, or None if the text names none."""
    plain = re.sub(r"^([0-9]+)\.0+$", r"\1", _plain(text))
    if CODE.fullmatch(plain):
        return _province_by_code().get(plain[:2])
    if plain in _province_signs():
        return _province_signs()[plain]
    found = re.match(_prefixes(), SEPARATORS.sub("", plain))
    return _province_by_prefix()[found[0]] if found else _latin(text, _province_by_latin())


@lru_cache(REMEMBERED)
def usual_province(text: str) -> str:
    """The Chinese name of the province that a text names, else the text."""
    return province_of(text) or text


@lru_cache(REMEMBERED)
def usual_city(text: str) -> str:
    """The city or the province in a text of a city column in its usual spelling, else the text."""
    plain = re.sub("^44(?:0000)?(?:0{3}|0{6})?(?=[^0-9])", "", _plain(text))
    if plain.isdecimal():
        return _code(plain) if CODE.fullmatch(plain) else text
    joined = re.sub(COUNTRY, "", SEPARATORS.sub("", plain))
    joined = re.sub("^广东(?:省内|省境内|境内|内)", "广东", joined)
    if joined in ("广东", GUANGDONG, "粤"):
        return GUANGDONG
    if _starts_with_place(joined):
        return joined
    return _latin(text, _city_by_latin()) or text


def _code(text: str) -> str:
    """The six digits of a code of Guangdong: of a county, of the city if it names no county, or of the province."""
    digits = "".join(unicodedata.normalize("NFKC", text).split())
    if not CODE.fullmatch(digits) or not digits.startswith("44"):
        return digits[:6] if len(digits) in (9, 12) and digits.isdecimal() else text
    digits = digits.ljust(6, "0")[:6]
    if digits.endswith(WHOLE_CITY) and f"{digits[:4]}00" in _cities():
        return f"{digits[:4]}00"
    return digits


def _plain(text: str) -> str:
    """Half width, simplified characters, without white space, marks of a spreadsheet and the country."""
    plain = "".join(unicodedata.normalize("NFKC", text).translate(SIMPLIFIED).split())
    plain = "".join(character for character in plain if character.isprintable()).strip(MARKS)
    return re.sub(COUNTRY, "", plain)


def _latin(text: str, known: dict[str, str]) -> str | None:
    """The one place that a text in Latin letters names, or None if it names none or several."""
    words = re.findall("[a-z]+", unicodedata.normalize("NFKC", text).casefold())
    pieces = ["".join(words[start:end]) for start in range(len(words)) for end in range(start + 1, len(words) + 1)]
    found = {known.get(piece) or known.get(re.sub(ENDING, "", piece)) for piece in pieces[:PIECES]} - {None}
    if len(found) > 1 and found <= {GUANGDONG, *facts.cities()["name_zh"]}:
        found.discard(GUANGDONG)
    return found.pop() if len(found) == 1 else None


def _usual(texts: pd.Series, is_usual, usual) -> pd.Series:
    """Each text as `usual` gives it, if the text without white space in half width does not pass `is_usual`.

    A text that differs from its usual spelling in white space and width alone stays as it is.
    """
    codes, distinct = pd.factorize(texts)
    values = arrow.array(distinct, arrow.large_string(), from_pandas=True)
    bare = compute.replace_substring_regex(compute.utf8_normalize(values, "NFKC"), WHITE_SPACE, "")
    strange = np.flatnonzero(compute.invert(is_usual(bare)).to_numpy(zero_copy_only=False))
    given = [(at, values[at].as_py(), bare[at].as_py()) for at in strange]
    made = {at: better for at, text, plain in given if (better := usual(text)) not in (text, plain)}
    if not made:
        return texts
    every = pd.Series(distinct, dtype="str")
    every[list(made)] = list(made.values())
    return pd.Series(every.reindex(range(len(every) + 1)).array[codes], index=texts.index, dtype="str")


def _has_usual_city(values: arrow.Array) -> arrow.Array:
    """Whether a text begins with a name that the cleaning reads, or is the province alone."""
    return compute.match_substring_regex(values, f"{_place_at_start()}|^{GUANGDONG}?$")


def _starts_with_place(text: str) -> bool:
    return compute.match_substring_regex(arrow.array([text]), _place_at_start())[0].as_py()


@cache
def _place_at_start() -> str:
    names = {*facts.places()["name"], *facts.elsewhere()["name"]}
    return f"^(?:{GUANGDONG}|广东)?(?:{'|'.join(sorted(names, key=lambda name: (-len(name), name)))})"


@cache
def _cities() -> frozenset[str]:
    return frozenset(facts.cities()["code"])


@cache
def _province_by_code() -> dict[str, str]:
    provinces = facts.provinces()
    return dict(zip(provinces["code"].str[:2], provinces["name_zh"], strict=True))


@cache
def _province_signs() -> dict[str, str]:
    """Province by its one-character name, with and without 省."""
    provinces = facts.provinces()
    signs = dict(zip(provinces["sign_zh"], provinces["name_zh"], strict=True))
    return signs | {f"{sign}省": name for sign, name in signs.items()}


@cache
def _province_by_prefix() -> dict[str, str]:
    """Province by the name with which a text may begin: its own, or that of a city in it."""
    provinces, elsewhere = facts.provinces(), facts.elsewhere()
    ours = facts.places().query("level == 'city'")["name"]
    names = dict.fromkeys(ours, GUANGDONG) | dict(zip(elsewhere["name"], elsewhere["province_zh"], strict=True))
    for column in ("name_zh", "short_zh"):
        names |= dict(zip(provinces[column], provinces["name_zh"], strict=True))
    return names


@cache
def _prefixes() -> str:
    return "|".join(sorted(_province_by_prefix(), key=lambda name: (-len(name), name)))


@cache
def _usual_province_texts() -> list[str]:
    provinces = facts.provinces()
    return [*provinces["name_zh"], *provinces["short_zh"], *provinces["code"], *provinces["code"].str[:2]]


@cache
def _province_by_latin() -> dict[str, str]:
    cities = dict.fromkeys(map(_letters, facts.cities()["name"]), GUANGDONG)
    ours = {*facts.cities()["name_zh"]}
    further = facts.spellings()
    spelled = {
        _letters(spelling): GUANGDONG if name in ours else name
        for spelling, name in zip(further["spelling"], further["name_zh"], strict=True)
    }
    provinces = facts.provinces()
    named = dict(zip(map(_letters, provinces["name"]), provinces["name_zh"], strict=True))
    return cities | spelled | named


@cache
def _city_by_latin() -> dict[str, str]:
    """City or province by its English name or another spelling in Latin letters."""
    further, cities = facts.spellings(), facts.cities()
    spelled = {_letters(spelling): name for spelling, name in zip(further["spelling"], further["name_zh"], strict=True)}
    named = {name: zh for name, zh in _province_by_latin().items() if zh != GUANGDONG}
    own = dict(zip(map(_letters, cities["name"]), cities["name_zh"], strict=True))
    return named | spelled | own | {"guangdong": GUANGDONG}


def _letters(name: str) -> str:
    return "".join(re.findall("[a-z]+", name.casefold()))
