"""A second program for the intake: delivered files of a simple kind to typed tables, with pandas and plain rules.

It refuses nothing: it reads what a careful person would read, or raises an error if there is no such reading. It knows
text files, workbooks, the keys of the map that a supplier's delivery uses, and the spellings of places, industry codes
and days that the page on licensed data lists. It shares no code with the package. The campaign compares the panels of a
damaged delivery with those that `plain_cleaning` makes of these tables.
"""

import gzip
import io
import json
import re
import unicodedata
from datetime import datetime
from fnmatch import fnmatch
from functools import lru_cache
from pathlib import Path

import pandas as pd
import plain_cleaning
import yaml

COLUMNS = {
    "firms": {
        "firm_id": ["企业ID", "公司ID", "企业编号"],
        "name": ["企业名称", "公司名称"],
        "province": ["企业归属地", "省份", "所属省份"],
        "city": ["所在地", "所属城市", "城市"],
        "established": ["成立日期", "成立时间"],
        "industry_id": ["行业ID", "行业编号"],
    },
    "shareholders": {
        "firm_id": ["被投资公司ID", "被投资企业ID", "企业ID", "公司ID"],
        "shareholder_id": ["股东ID"],
        "shareholder_name": ["股东名称", "股东"],
        "shareholder_type": ["股东类型"],
        "invested_on": ["出资日期", "投资日期", "实缴日期", "首次持股日期", "入股日期"],
    },
    "industries": {
        "industry_id": ["行业ID", "行业编号"],
        "standard": ["行业标准", "标准年份"],
        "code": ["行业代码"],
        "name": ["行业名称"],
    },
    "branches": {
        "branch_id": ["分公司ID", "分支机构ID"],
        "name": ["分公司名称", "分支机构名称"],
        "province": ["企业归属地", "省份", "所属省份"],
        "city": ["所在地", "所属城市", "城市"],
        "established": ["成立日期", "成立时间"],
        "parent_id": ["总公司ID", "母公司ID"],
        "parent_name": ["总公司名称", "母公司名称"],
    },
    "yearbook": {
        "city": ["城市", "地市", "城市代码"],
        "year": ["年份", "年度"],
        "population_10k": ["户籍人口", "年末户籍人口"],
        "revenue_10k_yuan": ["一般预算收入"],
        "expenditure_10k_yuan": ["一般预算支出"],
        "phones_10k": ["电话用户数"],
        "hospital_beds": ["医院卫生床位数", "医院床位数"],
        "freight_10k_tonnes": ["货运量"],
    },
    "land": {
        "supervision_number": ["电子监管号"],
        "county_code": ["县代码", "区县代码"],
        "district": ["行政区", "行政区划"],
        "signed_on": ["签订日期", "合同签订日期"],
        "area_ha": ["面积", "面积(公顷)", "供地面积"],
        "land_use": ["土地用途"],
        "supply_mode": ["供应方式", "供地方式"],
        "location": ["项目位置"],
    },
}
CODES = {
    "firm_id",
    "shareholder_id",
    "branch_id",
    "parent_id",
    "industry_id",
    "supervision_number",
    "county_code",
    "code",
    "helper",
    "recipient",
}
DATES = {"established", "invested_on", "signed_on"}
WHOLE = {"standard", "year"}
AMOUNTS = {*COLUMNS["yearbook"], "area_ha"} - {"city", "year"}
NO_VALUE = {"", "null", "\\n", "na", "n/a", "#n/a", "nan", "none", "nat", "<na>", "无", "未知", "不详", "没有"}
SIGNS_OF_NO_VALUE = set("-–—/*?.…_~")
NO_DATE = {"1900-01-01", "9999-12-31"}
SIGNS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
# how many of our units a delivered unit is: times, per
UNITS = {
    **dict.fromkeys(("人", "元", "户", "吨", "平方米"), (1, 10_000)),
    **dict.fromkeys(("万人", "万元", "万户", "张", "万吨", "公顷"), (1, 1)),
    **dict.fromkeys(("亿元", "万张"), (10_000, 1)),
    **dict.fromkeys(("百万元", "平方公里"), (100, 1)),
    "亩": (1, 15),
}
FORMS = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y年%m月%d日")
TIME = re.compile(r"[ T][0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?$")
UTC = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9:.]+Z")
INVISIBLE = re.compile("[\u200b\u200c\u200d\u2060\ufeff\x1f]|_x000[0-9A-Fa-f]_")
# characters of places and parks in traditional writing
SIMPLE = str.maketrans("廣東門頭關陽遠慶雲興龍連產業轉園", "广东门头关阳远庆云兴龙连产业转园")


class NoReadingError(Exception):
    """There is no plain reading of a delivery."""


def read(folder: Path) -> dict[str, pd.DataFrame]:
    """The six tables in a folder, typed as `plain_cleaning` needs them. Raises NoReadingError where it cannot."""
    place = folder / "map.yml"
    try:
        told = yaml.safe_load(place.read_text(encoding="utf-8-sig")) if place.exists() else None
        return {table: _table(folder, table, (told or {}).get(table) or {}) for table in COLUMNS}
    except (yaml.YAMLError, ValueError, KeyError, TypeError, AttributeError, OSError, EOFError) as fault:
        raise NoReadingError(f"{type(fault).__name__}: {fault}") from fault


def treated(folder: Path) -> pd.DataFrame | None:
    """The list of treated pairs in a folder (helper, recipient, cohort, park), or nothing if it has none."""
    place = folder / "treated.csv"
    if not place.exists():
        return None
    try:
        columns: dict[str, list] = {name: [] for name in ("helper", "recipient", "cohort", "park")}
        table = _named(_text_table(place.read_bytes(), None, ","), columns)
        park = table["park"].astype("str").str.strip()
        table = pd.DataFrame({name: _texts(name, table[name]) for name in ("helper", "recipient", "cohort")})
        return table.astype({"cohort": "int64"}).assign(park=park)
    except (ValueError, KeyError, TypeError) as fault:
        raise NoReadingError(f"{type(fault).__name__}: {fault}") from fault


def _table(folder: Path, table: str, told: dict) -> pd.DataFrame:
    files = _files(folder, table, told.get("files"))
    parts = [_part(path.name, path.read_bytes(), table, json.dumps(told, default=str)) for path in files]
    return pd.concat(parts, ignore_index=True)


def _files(folder: Path, table: str, patterns) -> list[Path]:
    """The files of a table: those that the map lists, else those with its name, or in the folder with its name."""
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    names = [name for name in names if not Path(name).name.startswith((".", "_"))]
    if patterns:
        listed = [patterns] if isinstance(patterns, str) else patterns
        found = [name for pattern in listed for name in names if fnmatch(name, str(pattern))]
    else:
        found = [name for name in names if name.lower().startswith((f"{table}.", f"{table}/"))]
    if not found:
        raise ValueError("no file")
    return [folder / name for name in dict.fromkeys(found)]


@lru_cache(maxsize=200)
def _part(file: str, content: bytes, table: str, section: str) -> pd.DataFrame:
    """The typed records of one file, from its content and from what the map says of the table."""
    told = json.loads(section)
    if file.endswith(".gz"):
        content = gzip.decompress(content)
    if file.endswith(".xlsx"):
        raw = pd.read_excel(io.BytesIO(content), dtype=str, keep_default_na=False)
    elif file.endswith(".parquet"):
        raw = pd.read_parquet(io.BytesIO(content))
    elif file.endswith(".dta"):
        raw = pd.read_stata(io.BytesIO(content))
    else:
        sign = told.get("delimiter") or ","
        raw = _text_table(content, told.get("encoding"), SIGNS.get(sign, sign))
    theirs = {name: [header] for name, header in (told.get("columns") or {}).items()}
    raw = _named(raw, COLUMNS[table] | theirs, only_theirs=set(theirs), absent=told.get("absent") or ())
    values, formats, units = (told.get(key) or {} for key in ("values", "date_format", "units"))
    for name, codes in values.items():
        meant = {str(code): str(ours or "") for code, ours in codes.items()}
        raw[name] = [meant.get(str(cell).strip(), cell) for cell in raw[name]]
    made = {}
    for name in raw:
        form = formats if isinstance(formats, str) else formats.get(name)
        made[name] = _typed(name, raw[name], form if name in DATES else None)
        if name in units:
            times, per = UNITS[units[name]]
            made[name] = made[name] * times / per
    return pd.DataFrame(made)


def _text_table(content: bytes, encoding: str | None, sign: str) -> pd.DataFrame:
    """The cells of a text file, each as text."""
    text = _decoded(content, encoding)
    return pd.read_csv(
        io.StringIO(text, newline=""),
        sep=sign,
        dtype=str,
        keep_default_na=False,
        index_col=False,
        skipinitialspace=False,
    )


def _decoded(content: bytes, encoding: str | None) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16")
    tried = [encoding] if encoding else ["utf-8-sig", "gb18030"]
    for name in tried:
        try:
            return content.decode({"utf-8": "utf-8-sig", "gbk": "gb18030", "gb2312": "gb18030"}.get(name, name))
        except UnicodeDecodeError:
            continue
    raise ValueError("no encoding fits")


def _named(raw: pd.DataFrame, known: dict[str, list], only_theirs=frozenset(), absent=()) -> pd.DataFrame:
    """The known columns under our names; an absent one is empty."""
    made = {}
    for name, others in known.items():
        accepted = {_plain(word) for word in ([] if name in only_theirs else [name]) + others}
        found = [place for place, header in enumerate(raw.columns) if _plain(str(header)) in accepted]
        if name in absent:
            made[name] = pd.Series([""] * len(raw), dtype=object)
        elif len(found) == 1:
            made[name] = raw.iloc[:, found[0]].reset_index(drop=True)
        else:
            raise KeyError(name)
    return pd.DataFrame(made)


def _plain(text: str) -> str:
    """A header without white space, in letters of normal width and in lower case."""
    return "".join(unicodedata.normalize("NFKC", text).replace("\ufeff", "").split()).casefold()


def _typed(name: str, cells: pd.Series, form: str | None) -> pd.Series:
    if name in DATES:
        return _dates(cells, form)
    if name in WHOLE:
        return _numbers(cells).astype("int64")
    if name in AMOUNTS:
        return _numbers(cells)
    return _texts(name, cells)


def _texts(name: str, cells: pd.Series) -> pd.Series:
    read = SPELLED.get(name) or (code if name in CODES else _value)
    return pd.Series([read(cell) for cell in cells], dtype=object).astype("str")


def _stands_for_none(text: str) -> bool:
    """A word for no value, or signs alone."""
    return text.casefold() in NO_VALUE or set(text) <= SIGNS_OF_NO_VALUE


def _value(cell) -> str | None:
    """A text, or nothing for a word that stands for no value."""
    text = "" if pd.isna(cell) else INVISIBLE.sub("", str(cell))
    return None if _stands_for_none(text.strip()) else text


def code(cell) -> str | None:
    """An identifier as its register writes it: no white space, no marks of spreadsheets, normal width, capitals."""
    text = _value(cell)
    if text is None:
        return None
    text = "".join(unicodedata.normalize("NFKC", text).split())
    text = re.sub('^="(.*)"$', r"\1", text).removeprefix("'").upper()
    text = re.sub(r"^([0-9]+)\.0+$", r"\1", text)
    return None if _stands_for_none(text) else text


def _bare(cell) -> str:
    """A text in normal width without white space, separators and the country."""
    text = unicodedata.normalize("NFKC", _value(cell) or "")
    return re.sub(r"[\W_]", "", text).removeprefix("中华人民共和国").removeprefix("中国")


@lru_cache(100_000)
def city(cell) -> str | None:
    """A city by its usual name or code where the cell has another form of it, else the text."""
    text, bare = _value(cell), _bare(cell)
    if re.fullmatch("44([0-9]{2}|[0-9]{7}|[0-9]{10})|44[0-9]{2}01", bare):
        digits = bare[:6].ljust(6, "0")
        return f"{digits[:4]}00" if digits.endswith("01") else digits
    known = {row.name.casefold(): row.name_zh for row in _facts("cities").itertuples(index=False)}
    latin = bare.casefold().removesuffix("city")
    if latin in known:
        return known[latin]
    starts = ("广东", *known.values())
    return bare if text and bare.startswith(starts) and not _normal(text).startswith(bare) else text


@lru_cache(100_000)
def province(cell) -> str | None:
    """A province by its name where the cell has another form of it or more than it, else the text."""
    text, bare = _value(cell), _bare(cell)
    for row in _facts("provinces").itertuples(index=False):
        usual = (row.name_zh, row.short_zh, row.code, row.code[:2])
        if text and _normal(text) in usual:
            return text
        latin = bare.casefold().removesuffix("province")
        by_code = re.fullmatch("[0-9]{2,12}", bare) and bare[:2] == row.code[:2]
        if by_code or latin == row.name.casefold() or bare.removesuffix("省") == row.sign_zh:
            return row.name_zh
        if bare.startswith((row.name_zh, row.short_zh)):
            return row.name_zh
    return text


def industry(cell) -> str | None:
    """An industry code without separators and the name of the standard; of a section by its name, the letter."""
    text = code(cell)
    if text is None:
        return None
    bare = re.sub(r"^GB/?T?(4754)?(?=.*[0-9])", "", text)
    bare = re.sub(r"[\W_]", "", bare)
    sections = {row.name_zh: row.section for row in _facts("industry_sections").itertuples()}
    bare = re.sub("^([A-Z])[\u4e00-\u9fff]+$", r"\1", sections.get(bare, bare))
    return bare or text


_facts = lru_cache(plain_cleaning.facts)


def _normal(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def simple(cell) -> str | None:
    """A name or an address in simplified characters."""
    text = _value(cell)
    return None if text is None else text.translate(SIMPLE)


SPELLED = {"city": city, "province": province, "code": industry}
SPELLED |= dict.fromkeys(("name", "parent_name", "shareholder_name", "location"), simple)


def _numbers(cells: pd.Series) -> pd.Series:
    if pd.api.types.is_numeric_dtype(cells):
        return cells.astype("float64")
    texts = [_value(cell) for cell in cells]
    return pd.Series([float("nan") if text is None else float(text.strip().removesuffix("年")) for text in texts])


def _dates(cells: pd.Series, form: str | None) -> pd.Series:
    if pd.api.types.is_datetime64_any_dtype(cells):
        return cells.dt.floor("D").astype("datetime64[s]")
    days = {text: _day(text, form) for text in {_value(cell) for cell in cells}}
    found = pd.Series([days[_value(cell)] for cell in cells], dtype="datetime64[s]")
    return found.mask(found.dt.strftime("%Y-%m-%d").isin(NO_DATE))


def _day(text: str | None, form: str | None):
    if text is None:
        return pd.NaT
    text = text.strip()
    if not form and UTC.fullmatch(text):
        return (pd.Timestamp(text).tz_convert("Asia/Shanghai")).tz_localize(None).normalize()
    if not form:
        text = TIME.sub("", text)
    for one in [form] if form else FORMS:
        try:
            return datetime.strptime(text, one)
        except ValueError:
            continue
    raise ValueError("no date")
