"""Six tiny valid raw tables, a writer for each format that is read, and the error of an invalid table."""

import bz2
import gzip
import io
import lzma
import tempfile
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from enclave.base.errors import InputError
from enclave.facts import city_codes
from enclave_registers.intake import completeness, convert
from enclave_registers.intake.cache import IntakeCache, arrow_schema
from enclave_registers.intake.delivery.read import read
from enclave_registers.schema import TABLES

FIRMS = pd.DataFrame(
    {
        "firm_id": ["F1", "F2", "F2", "F3"],
        "name": [" 广州市甲（集团）有限公司", "清远市乙有限公司\u3000", "清远市乙有限公司\u3000", "丙　电子有限公司"],
        "province": ["广东省", "广东省", "广东省", None],
        "city": ["440100", "清远市", "清远市", None],
        "established": ["2004-05-06", "2010-12-31", "2010-12-31", None],
        "industry_id": ["I1", None, None, "I2"],
    }
)
SHAREHOLDERS = pd.DataFrame(
    {
        "firm_id": ["F2", "F2"],
        "shareholder_id": ["F1", None],
        "shareholder_name": ["广州市甲（集团）有限公司", "陈某"],
        "shareholder_type": ["企业法人", "自然人"],
        "invested_on": ["2011-01-02", None],
    }
)
INDUSTRIES = pd.DataFrame(
    {"industry_id": ["I1", "I2"], "standard": ["2011", "2002"], "code": ["C1310", "0131"], "name": ["谷物磨制", "谷物"]}
)
BRANCHES = pd.DataFrame(
    {
        "branch_id": ["B1"],
        "name": ["广州市甲有限公司韶关分公司"],
        "province": ["广东省"],
        "city": ["韶关市"],
        "established": ["2012-03-04"],
        "parent_id": [None],
        "parent_name": ["广州市甲有限公司"],
    }
)
YEARBOOK = pd.DataFrame(
    {
        "city": ["韶关市", "441800"],
        "year": ["2000", "2000"],
        "population_10k": ["310.25", "395.1"],
        "revenue_10k_yuan": ["98765", "0"],
        "expenditure_10k_yuan": ["123456.7", "0.1"],
        "phones_10k": ["33.3", None],
        "hospital_beds": ["8001", None],
        "freight_10k_tonnes": [None, "4321"],
    }
)
LAND = pd.DataFrame(
    {
        "supervision_number": ["4418022014B00123", "4402222015B00007"],
        "county_code": ["441802", None],
        "district": ["清远市清城区", None],
        "signed_on": ["2014-07-08", "2015-09-10"],
        "area_ha": ["1.2345", "0.0099"],
        "land_use": ["工业用地", "06"],
        "supply_mode": ["挂牌出让", "划拨"],
        "location": ["广州（清远）产业转移工业园", None],
    }
)
ALL = {
    "firms": FIRMS,
    "shareholders": SHAREHOLDERS,
    "industries": INDUSTRIES,
    "branches": BRANCHES,
    "yearbook": YEARBOOK,
    "land": LAND,
}

CONTROLS = {
    "population_10k": "300",
    "revenue_10k_yuan": "120000",
    "expenditure_10k_yuan": "240000",
    "phones_10k": "60",
    "hospital_beds": "6000",
    "freight_10k_tonnes": "3000",
}


def _yearly(table: str, column: str, period: range) -> pd.DataFrame:
    """One record of the sample for each year."""
    first = ALL[table].iloc[[0] * len(period)].reset_index(drop=True)
    return first.assign(**{column: [f"{year}-05-06" for year in period]})


def complete() -> dict[str, pd.DataFrame]:
    """The samples, extended by what the book needs: a record in each year, and the figures of each recipient."""
    tables = dict(ALL)
    for (table, column), period in completeness.DATED.items():
        tables[table] = _yearly(table, column, period)
    numbers = [str(number) for number in range(100)]
    tables["branches"]["branch_id"] = numbers[: len(tables["branches"])]
    tables["land"]["supervision_number"] = [f"441802{number}" for number in numbers[: len(tables["land"])]]
    recipients = [{"city": code, "year": "2000", **CONTROLS} for code in city_codes("recipient")]
    return tables | {"yearbook": pd.DataFrame(recipients)}


def native(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """The text of a sample with numbers as numbers and dates as dates, as a spreadsheet or Stata holds them."""
    made = frame.copy()
    for name in frame.columns.intersection(list(TABLES[table].columns)):
        kind = str(TABLES[table].columns[name].dtype)
        if kind in ("int64", "float64"):
            made[name] = pd.to_numeric(frame[name])
        elif kind.startswith("datetime64"):
            made[name] = pd.to_datetime(frame[name])
    return made


def csv_text(frame: pd.DataFrame) -> str:
    """The table as CSV, with line feeds."""
    return frame.to_csv(index=False, lineterminator="\n")


def write(table: str, folder, kind: str = "csv", frame: pd.DataFrame | None = None) -> None:
    """Write a sample (or `frame` in its place) as `kind`, one of WRITERS."""
    frame = ALL[table] if frame is None else frame
    folder.mkdir(parents=True, exist_ok=True)
    WRITERS[kind](table, frame, folder / table)


def _text(encoding, ending=".csv"):
    return lambda table, frame, path: path.with_suffix(ending).write_bytes(csv_text(frame).encode(encoding))


def _packed(ending, compress):
    return lambda table, frame, path: path.with_suffix(ending).write_bytes(compress(csv_text(frame).encode()))


def zstandard(content: bytes) -> bytes:
    """The content as one Zstandard stream, as the program of that name writes it."""
    made = pa.BufferOutputStream()
    with pa.CompressedOutputStream(made, "zstd") as stream:
        stream.write(content)
    return made.getvalue().to_pybytes()


def archive(**members: bytes) -> bytes:
    """A zip archive; a double underscore stands for the dot of a name."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as whole:
        for name, content in members.items():
            whole.writestr(name.replace("__", "."), content)
    return made.getvalue()


def _xlsx(table, frame, path):
    native(table, frame).to_excel(path.with_suffix(".xlsx"), index=False)


def _dta(table, frame, path):
    made = native(table, frame)
    dates = dict.fromkeys(made.select_dtypes("datetime"), "td")
    texts = {
        name: made[name].astype(object).where(made[name].notna(), "") for name in made.select_dtypes(["object", "str"])
    }
    made.assign(**texts).to_stata(path.with_suffix(".dta"), write_index=False, version=118, convert_dates=dates)


def _parquet(table, frame, path):
    native(table, frame).to_parquet(path.with_suffix(".parquet"), index=False)


def _parts(table, frame, path):
    """The first record as GB18030 text, the rest as a workbook."""
    path.mkdir()
    _text("gb18030")(table, frame.head(1), path / "a")
    if len(frame) > 1:
        _xlsx(table, frame.iloc[1:], path / "b")


PACKERS = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "zst": zstandard}
WRITERS = {
    "csv": _text("utf-8"),
    "csv-bom": _text("utf-8-sig"),
    "csv-gb18030": _text("gb18030"),
    **{f"csv.{name}": _packed(f".csv.{name}", compress) for name, compress in PACKERS.items()},
    "zip": _packed(".zip", lambda content: archive(table__csv=content)),
    "xlsx": _xlsx,
    "dta": _dta,
    "parquet": _parquet,
    "parts": _parts,
}


def refusal(table, folder) -> InputError:
    """The error that reading the table raises."""
    with pytest.raises(InputError) as caught:
        read_table(table, folder)
    error = caught.value
    assert error.problem
    assert error.remedy.endswith(".")
    return error


def of(table, folder, kind="csv", **columns) -> InputError:
    """The error of a sample with some columns replaced."""
    write(table, folder, kind, frame=ALL[table].assign(**columns))
    return refusal(table, folder)


def where(fault) -> tuple:
    """Where an error is: file, column, row, and how many more rows have it."""
    return fault.file, fault.column, fault.row, fault.more


def sheet(folder, edit, table="firms"):
    """Write the sample as a workbook, change it by `edit(book, sheet)`, and return the error."""
    write(table, folder, "xlsx")
    path = folder / f"{table}.xlsx"
    book = openpyxl.load_workbook(path)
    edit(book, book.active)
    book.save(path)
    return refusal(table, folder)


def read_table(table, folder, *, quoting=True):
    """The table that `convert` makes of a folder, as a frame. Nothing is kept."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        path = convert.convert(table, read(Path(folder), quoting=quoting), IntakeCache(Path(temporary)))
        return parquet.read_table(path).cast(arrow_schema(TABLES[table])).to_pandas()
