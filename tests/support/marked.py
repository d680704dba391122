"""A synthetic delivery whose every record carries marks, so that a record that gets out anywhere can be found."""

import gzip
import zipfile
from functools import cache
from pathlib import Path

import pandas as pd

from enclave.panels import targets
from enclave_twin import rehearsal, write

FIRMS = 12_000
SEED = 4711
FIRM, HOLDER, ADDRESS, NUMBER, IDENTIFIER = "魑魅", "魍魉", "饕餮路", "Qj9Zx7Wk", "Zqx4Vb8N"
MARKS = [FIRM, HOLDER, ADDRESS, NUMBER, IDENTIFIER]
BEFORE = {
    "firms": ["firm_id"],
    "shareholders": ["firm_id", "shareholder_id"],
    "branches": ["branch_id", "parent_id"],
}
INSIDE = {
    "firms": {"name": FIRM},
    "shareholders": {"shareholder_name": HOLDER},
    "branches": {"name": FIRM, "parent_name": FIRM},
}
BEHIND = {
    "land": {"location": ADDRESS, "supervision_number": NUMBER},
}


def tables() -> dict[str, pd.DataFrame]:
    """Six tables of the schema that lead to the counts of the twin, with another seed and marks on every record."""
    made = write.compose(targets.read(), FIRMS, SEED)
    for table, columns in BEFORE.items():
        made[table] = made[table].assign(**{name: IDENTIFIER + made[table][name] for name in columns})
    for table, marks in BEHIND.items():
        made[table] = made[table].assign(**{name: made[table][name] + mark for name, mark in marks.items()})
    for table, marks in INSIDE.items():
        made[table] = made[table].assign(**{name: _named(made[table][name], mark) for name, mark in marks.items()})
    return made


def excerpt(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Some records of each year, enough for a check: of firms those that they name, the other tables whole."""
    dates = {"shareholders": "invested_on", "branches": "established", "land": "signed_on"}
    years = {table: tables[table][date].dt.year.fillna(0) for table, date in dates.items()}
    some = {table: tables[table].groupby(year).head(40) for table, year in years.items()}
    stakes, branches = some["shareholders"], some["branches"]
    named = {*stakes["firm_id"], *stakes["shareholder_id"], *branches["parent_id"]}
    return tables | some | {"firms": tables["firms"][tables["firms"]["firm_id"].isin(named)]}


def _named(names: pd.Series, mark: str) -> pd.Series:
    """The mark before the first word for a company, or behind a name without one: no place is torn apart."""
    return names.str.replace(r"(公\s*司)|$", rf"{mark}\1", n=1, regex=True)


def deliver(folder: Path) -> None:
    """Write the marked tables as the other house delivers them."""
    rehearsal.write(tables(), folder)


@cache
def _needles() -> list[bytes]:
    """The marks as text files of all kinds would hold them."""
    spelt = [mark.encode("ascii", "backslashreplace").decode() for mark in MARKS]
    encodings = ("utf-8", "gb18030", "utf-16-le")
    return sorted({text.encode(encoding) for text in (*MARKS, *spelt) for encoding in encodings})


def marks_in(content: bytes | str) -> list[str]:
    """The marks that a content holds, in whatever encoding."""
    raw = content.encode() if isinstance(content, str) else content
    return [needle.decode("utf-8", "replace") for needle in _needles() if needle in raw]


def leaks(folder: Path, *, but: Path | None = None) -> list[str]:
    """Every file of a folder that holds a mark, packed ones opened; those under `but` are left out."""
    files = [file for file in sorted(folder.rglob("*")) if file.is_file() and not (but and file.is_relative_to(but))]
    return [f"{file.relative_to(folder)}: {found}" for file in files for found in [marks_in(_opened(file))] if found]


def _opened(file: Path) -> bytes:
    """The bytes of a file, unpacked as far as they are packed."""
    content = file.read_bytes()
    if file.suffix == ".parquet":
        content += pd.read_parquet(file).to_csv().encode()
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as archive:
            content += b"".join(archive.read(name) for name in archive.namelist())
    return content + (gzip.decompress(content) if content.startswith(b"\x1f\x8b") else b"")
