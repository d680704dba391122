"""Results on disk, one CSV per exhibit and source, and the words that say where numbers come from."""

from collections.abc import Mapping

import pandas as pd

from enclave.base import files, language, paths, sources
from enclave.base.contract import RESULTS
from enclave.base.errors import EnclaveError, command
from enclave.base.terms import CELL
from enclave.exhibits import TABLES

TABLE = [*CELL, "value", "stars"]
# exhibit -> the columns of its file
COLUMNS = {file.name.removesuffix(".csv"): [column.name for column in file.columns] for file in RESULTS}
TEXT = dict.fromkeys([*CELL, "stars", "printed", "grade", "id", "evidence"], str)
MODEL = ["n", "r2"]
MARKS = {
    "en": {
        "real": "Real data",
        "reconstructed": "Real parks, list of pairs reconstructed",
        "licensed": "Licensed data",
        "invented": "Invented on this page",
        "synthetic": "Synthetic data: pipeline check",
        "unknown": "Data of unknown origin",
    },
    "zh": {
        "real": "真实数据",
        "reconstructed": "真实园区,配对由本书推定",
        "licensed": "授权数据",
        "invented": "人造数据",
        "synthetic": "合成数据:仅检验流程",
        "unknown": "来源不明的数据",
    },
}
# these need no name beside what they are
ALONE = {*sources.NO_REGISTERS, sources.LICENSED, "twin"}


def write(frame: pd.DataFrame, exhibit: str, source: str) -> None:
    """Write an exhibit of `source` as CSV, with full precision, its columns in the order of `COLUMNS`.

    Raises EnclaveError for an unknown exhibit, a missing column, or a frame that says it comes from another source.
    """
    columns = _columns(exhibit)
    missing = [column for column in columns if column not in frame]
    if missing:
        raise EnclaveError(f"{exhibit} needs the column {missing[0]!r}. Its columns are {', '.join(columns)}.")
    if frame.attrs.get("source", source) != source:
        stated = frame.attrs["source"]
        raise EnclaveError(f"{exhibit} was made from {stated!r} and cannot be written as {source!r}. Pass its source.")
    files.write_csv(frame[columns], paths.results(source) / f"{exhibit}.csv")


def read(exhibit: str, source: str) -> pd.DataFrame:
    """An exhibit of `source` as it was written; `attrs["source"]` says where it comes from.

    Raises EnclaveError if the exhibit is unknown or has not been made: nothing is read from another source instead.
    """
    path = paths.results(source) / f"{exhibit}.csv"
    if not path.exists():
        _columns(exhibit)
        raise EnclaveError(f"No result {exhibit!r} of source {source!r}. Run {command('book', SOURCE=source)} first.")
    columns = _columns(exhibit)
    texts = {column: str for column in columns if column in TEXT}
    frame = pd.read_csv(path, dtype=texts, keep_default_na=False, na_values={c: [""] for c in columns if c not in TEXT})
    frame.attrs["source"] = source
    return frame


def read_tables(source: str) -> pd.DataFrame:
    """The cells of all tables of `source` that have been made, one below the other; none gives an empty frame."""
    frames = [read(name, source) for name in TABLES if (paths.results(source) / f"{name}.csv").exists()]
    tables = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=TABLE)
    tables.attrs["source"] = source
    return tables


def cells(table: int | str, columns: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Printed cells from tidy estimates: for each column of the table its terms, then n and R2.

    Parameters
    ----------
    table : number of the table
    columns : printed column number -> tidy rows (term, estimate, std_error, p_value; n and r2 where the table has them)

    Returns
    -------
    table, column, row (the term, or "model"), statistic (estimate, std_error, n, r2), value, stars (of estimates).
    `attrs["source"]` as the estimates'. Raises EnclaveError if they come from different sources.
    """
    sources = {str(frame.attrs["source"]) for frame in columns.values() if "source" in frame.attrs}
    if len(sources) > 1:
        raise EnclaveError(f"One table from several sources: {', '.join(sorted(sources))}. Estimate all from one.")
    rows = [row for column, frame in columns.items() for row in _column_cells(str(table), str(column), frame)]
    made = pd.DataFrame(rows, columns=TABLE)
    if sources:
        made.attrs["source"] = sources.pop()
    return made


def _column_cells(table: str, column: str, frame: pd.DataFrame) -> list[tuple]:
    from enclave.estimators import did

    rows = []
    for line in frame.to_dict("records"):
        rows.append((table, column, line["term"], "estimate", float(line["estimate"]), did.stars(line["p_value"])))
        rows.append((table, column, line["term"], "std_error", float(line["std_error"]), ""))
    return rows + [(table, column, "model", name, float(frame[name].iloc[0]), "") for name in MODEL if name in frame]


def mark(source: str, speak: str | None = None) -> str:
    """What every table and figure says of its data (`sources.kind`), a register set with its name.

    Reconstructed is what rests on the list of treated pairs and else on facts; invented is what a page made up to
    explain something. `speak` is "en" or "zh", by default the language of the page
    (see `language.of_page`).
    """
    words = MARKS[language.checked(speak or language.of_page())][sources.kind(source)]
    return words if source in ALONE else f"{words} ({source})"


def source_of(frame: pd.DataFrame, source: str | None = None) -> str:
    """The given source, or the one that the frame states. Raises EnclaveError if there is neither, or they differ."""
    stated = frame.attrs.get("source", source)
    if stated is None:
        raise EnclaveError("Nothing says where these numbers come from. Pass `source`.")
    if source not in (None, stated):
        raise EnclaveError(f"These numbers come from {stated!r}, not from {source!r}. Pass their own source.")
    return stated


def _columns(exhibit: str) -> list[str]:
    if exhibit not in COLUMNS:
        raise EnclaveError(f"There is no exhibit {exhibit!r}. Choose one of {', '.join(COLUMNS)}.")
    return COLUMNS[exhibit]
