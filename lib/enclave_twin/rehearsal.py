"""Synthetic registers in the shape of another data supplier: a rehearsal of what a licence holder does.

The same six tables have other file names, parts, headers, codes, units, dates and encodings. The delivery map describes
them. They resemble no known delivery. They differ from the schema in every way that the map can describe.
"""

import gzip
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from enclave.base import files, paths, sources
from enclave.base.errors import EnclaveError
from enclave.panels.targets import read
from enclave_registers.schema import INDUSTRY_STANDARDS, SHAREHOLDER_TYPES, SUPPLY_MODES, TABLES
from enclave_twin.write import compose

# name of the format on the command line
FORMAT = "delivery"
# firms and seed by default
FIRMS = 12_000
SEED = 4711
# number of files of the firm master
PARTS_OF_FIRMS = 3
# first year in the second file of the land table
NEW_LAND = 2016
# a file that is no table
NOTES = "交付说明.csv"


@dataclass(frozen=True)
class Shape:
    """How the supplier stores one table.

    Attributes
    ----------
    headers : column of the schema -> header of the supplier, in the supplier's order
    split : the name of the file that each record is in
    patterns : patterns of the file names, for the map
    further : headers of columns that the schema does not have
    codes : column of the schema -> value -> code of the supplier
    encoding, delimiter : of the text files
    date : format of dates
    per : column of the schema -> number of the supplier's units in one unit of the schema
    units : column of the schema -> unit of the supplier, for the map
    gap : text for a missing value
    """

    headers: dict[str, str]
    split: Callable[[pd.DataFrame], pd.Series]
    patterns: list[str]
    further: tuple[str, ...] = ()
    codes: dict[str, dict] = field(default_factory=dict)
    encoding: str = "gb18030"
    delimiter: str = ","
    date: str | None = None
    per: dict[str, int] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    gap: str = ""


def registers(source: str, *, firms: int = FIRMS, seed: int = SEED, counts: Path | str = paths.TWIN) -> None:
    """Write a rehearsal delivery of `firms` firms to `paths.registers(source)`; `counts` as for `write.registers`.

    It comes without a record of the truth, so that the book treats its records as private, like real ones. Raises
    EnclaveError for the source `licensed` and for a folder that is not empty.
    """
    folder = paths.registers(source)
    if source == sources.LICENSED or (folder.is_dir() and any(folder.iterdir())):
        raise EnclaveError(f"{folder} cannot take a rehearsal. Choose a name that is not in use.")
    write(compose(read(Path(counts)), firms, seed), folder)


def write(tables: dict[str, pd.DataFrame], folder: Path) -> None:
    """Write six tables (columns and types of the schema) in the shape of the supplier, with their map."""
    for table, shape in SHAPES.items():
        theirs = _delivered(tables[table], shape)
        for name, part in theirs.groupby(shape.split(tables[table]), sort=True):
            _write(part, folder / name, shape)
    files.write_atomically(folder / NOTES, lambda file: file.write_bytes("文件,说明\n".encode("gb18030")))
    sections = {table: _section(table, shape) for table, shape in SHAPES.items()} | {"ignore": NOTES}
    text = yaml.safe_dump(sections, allow_unicode=True, sort_keys=False)
    files.write_text(f"# how this delivery differs from the codebook\n{text}", paths.delivery_map(folder))


def _section(table: str, shape: Shape) -> dict:
    """The section of the map for one table."""
    values = {column: {str(code): str(ours) for ours, code in codes.items()} for column, codes in shape.codes.items()}
    gaps = {column: {shape.gap: ""} for column in shape.per if shape.gap and TABLES[table].columns[column].nullable}
    section = {
        "files": shape.patterns,
        "encoding": shape.encoding,
        "delimiter": shape.delimiter,
        "columns": shape.headers,
        "values": values | gaps,
        "date_format": shape.date,
        "units": shape.units,
    }
    return {key: value for key, value in section.items() if value}


def _delivered(frame: pd.DataFrame, shape: Shape) -> pd.DataFrame:
    """The table as text, with the supplier's headers in the supplier's order, and further columns between them."""
    texts = {theirs: _text(ours, frame[ours], shape) for ours, theirs in shape.headers.items()}
    rows = np.arange(len(frame)).astype(str)
    for place, name in enumerate(shape.further):
        items = list(texts.items())
        texts = dict([*items[: 2 * place], (name, pd.Series(rows, frame.index) + "，备注,\n续"), *items[2 * place :]])
    return pd.DataFrame(texts)


def _text(name: str, cells: pd.Series, shape: Shape) -> pd.Series:
    if name in shape.codes:
        text = cells.map(shape.codes[name]).astype("str")
    elif name in shape.per:
        whole = (cells * shape.per[name]).round()
        text = whole.astype("Int64").astype("str").mask(cells.isna())
    elif pd.api.types.is_datetime64_any_dtype(cells):
        text = cells.dt.strftime(shape.date).astype("str")
    else:
        text = cells.astype("str")
    return text.mask(cells.isna(), shape.gap)


def _write(part: pd.DataFrame, path: Path, shape: Shape) -> None:
    if path.suffix == ".xlsx":
        files.write_atomically(path, lambda file: part.to_excel(file, index=False, engine="openpyxl"))
        return
    text = part.to_csv(index=False, sep=shape.delimiter, lineterminator="\r\n") + "\r\n"
    content = text.encode(shape.encoding)
    packed = gzip.compress(content, mtime=0) if path.suffix == ".gz" else content
    files.write_atomically(path, lambda file: file.write_bytes(packed))


def _thirds(frame: pd.DataFrame) -> pd.Series:
    number = np.arange(len(frame)) * PARTS_OF_FIRMS // len(frame) + 1
    return "主体登记_第" + pd.Series(number, frame.index).astype(str) + "卷.csv"


def _years(frame: pd.DataFrame) -> pd.Series:
    year = frame["invested_on"].dt.year.astype("Int64").astype("str")
    return "出资/出资_" + year.fillna("无日期") + ".csv"


def _before_and_after(frame: pd.DataFrame) -> pd.Series:
    late = frame["signed_on"].dt.year >= NEW_LAND
    return late.map({False: "供地_旧.csv", True: "供地_新.csv"})


def _one(name: str) -> Callable[[pd.DataFrame], pd.Series]:
    return lambda frame: pd.Series(name, frame.index)


def _numbered(values: list, form: str) -> dict:
    return {value: form.format(number) for number, value in enumerate(values, start=1)}


SHAPES = {
    "firms": Shape(
        headers={
            "established": "设立日",
            "name": "主体名",
            "industry_id": "行业键",
            "firm_id": "主体码",
            "city": "辖区",
            "province": "所在省",
        },
        further=("登记状态", "城市"),
        split=_thirds,
        patterns=["主体登记_第?卷.csv"],
        delimiter="|",
        date="%d/%m/%Y",
        gap="NULL",
    ),
    "shareholders": Shape(
        headers={
            "shareholder_type": "类别码",
            "shareholder_name": "出资方",
            "invested_on": "出资日",
            "shareholder_id": "出资方码",
            "firm_id": "投向码",
        },
        further=("出资额",),
        split=_years,
        patterns=["出资/出资_????.csv", "出资/出资_无日期.csv"],
        codes={"shareholder_type": _numbered(SHAREHOLDER_TYPES, "{:02d}")},
        date="%Y.%m.%d",
        gap="\\N",
    ),
    "industries": Shape(
        headers={"name": "门类说明", "code": "门类码", "standard": "标准号", "industry_id": "键"},
        split=_one("行业对照.xlsx"),
        patterns=["行业对照.xlsx"],
        codes={"standard": {year: f"GB/T 4754-{year}" for year in INDUSTRY_STANDARDS}},
        encoding="",
        delimiter="",
    ),
    "branches": Shape(
        headers={
            "parent_name": "上级名",
            "parent_id": "上级码",
            "branch_id": "机构码",
            "name": "机构名",
            "established": "设立日",
            "province": "所在省",
            "city": "辖区",
        },
        further=("企业ID",),
        split=_one("机构.txt.gz"),
        patterns=["机构.txt.gz"],
        encoding="utf-16",
        delimiter="\t",
        date="%Y%m%d",
    ),
    "yearbook": Shape(
        headers={
            "year": "统计年",
            "city": "地名",
            "freight_10k_tonnes": "货运",
            "hospital_beds": "床位",
            "phones_10k": "电话",
            "expenditure_10k_yuan": "支出",
            "revenue_10k_yuan": "收入",
            "population_10k": "人口",
        },
        split=_one("年鉴.csv"),
        patterns=["年鉴.csv"],
        per={
            "population_10k": 10_000,
            "revenue_10k_yuan": 10_000,
            "expenditure_10k_yuan": 10_000,
            "phones_10k": 10_000,
            "hospital_beds": 1,
            "freight_10k_tonnes": 10_000,
        },
        units={
            "population_10k": "人",
            "revenue_10k_yuan": "元",
            "expenditure_10k_yuan": "元",
            "phones_10k": "户",
            "freight_10k_tonnes": "吨",
        },
        gap="…",
    ),
    "land": Shape(
        headers={
            "location": "坐落",
            "area_ha": "面积平米",
            "supply_mode": "方式码",
            "land_use": "用途",
            "signed_on": "签约日",
            "district": "区划名",
            "county_code": "区划码",
            "supervision_number": "监管号",
        },
        further=("受让人",),
        split=_before_and_after,
        patterns=["供地_旧.csv", "供地_新.csv"],
        codes={"supply_mode": _numbered(SUPPLY_MODES, "S{}")},
        delimiter=";",
        date="%d-%m-%Y",
        per={"area_ha": 10_000},
        units={"area_ha": "平方米"},
    ),
}
