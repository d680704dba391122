"""Results on disk: one CSV file for each exhibit and source. `enclave.exhibits.columns` describes each file."""

from collections.abc import Mapping

import pandas as pd

from enclave.base import files, paths, sources
from enclave.base.arguments import in_short, offered
from enclave.base.columns import TEXT, File
from enclave.base.errors import EnclaveError, command
from enclave.base.stars import stars
from enclave.exhibits import TABLES
from enclave.exhibits.columns import RESULTS

FILES = {file.stem: file for file in RESULTS}
COLUMNS = {exhibit: file.headers for exhibit, file in FILES.items()}
TABLE = COLUMNS["table_1"]
MODEL = ["n", "r2"]


def write(frame: pd.DataFrame, exhibit: str, source: str) -> None:
    """Write an exhibit of `source` as CSV, in full precision, with the columns of `COLUMNS` in their order.

    Raises EnclaveError if the exhibit is unknown, if a column is missing, or if `frame.attrs` names another source.
    """
    columns = _file(exhibit).headers
    missing = [column for column in columns if column not in frame]
    if missing:
        raise EnclaveError(f"{exhibit} needs the column {missing[0]!r}. Its columns are {', '.join(columns)}.")
    if frame.attrs.get("source", source) != source:
        stated = frame.attrs["source"]
        raise EnclaveError(f"{exhibit} was made from {stated!r} and cannot be written as {source!r}. Pass its source.")
    files.write_csv(frame[columns], paths.results(source) / f"{exhibit}.csv")


def read(exhibit: str, source: str) -> pd.DataFrame:
    """An exhibit of `source` as it was written. `attrs["source"]` holds the source.

    Raises EnclaveError if the exhibit is unknown or has not been made. Another source is never read instead.
    """
    file, path = _file(exhibit), paths.results(source) / f"{exhibit}.csv"
    if not path.exists():
        sources.refuse_missing(source)
        raise EnclaveError(f"No result {exhibit!r} of source {source!r}. Run {command('book', SOURCE=source)} first.")
    texts = {column.name: str for column in file.columns if column.kind == TEXT}
    empty = {column: [""] for column in file.headers if column not in texts}
    frame = pd.read_csv(path, dtype=texts, keep_default_na=False, na_values=empty)
    frame.attrs["source"] = source
    return frame


def read_tables(source: str) -> pd.DataFrame:
    """The cells of all tables of `source` that have been made, in the order of the paper; an empty frame if none."""
    frames = [read(name, source) for name in TABLES if (paths.results(source) / f"{name}.csv").exists()]
    cells = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=TABLE)
    cells.attrs["source"] = source
    return cells


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
    if not isinstance(columns, Mapping):
        raise EnclaveError(
            f"`columns` is {in_short(columns)}. Give each column of the table its number, such as {{'1': estimates}}."
        )
    stated = {str(frame.attrs["source"]) for frame in columns.values() if "source" in frame.attrs}
    if len(stated) > 1:
        raise EnclaveError(f"One table from several sources: {', '.join(sorted(stated))}. Estimate all from one.")
    rows = [row for column, frame in columns.items() for row in _column_cells(str(table), column, frame)]
    made = pd.DataFrame(rows, columns=TABLE)
    if stated:
        made.attrs["source"] = stated.pop()
    return made


def _column_cells(table: str, column: str, frame: pd.DataFrame) -> list[tuple]:
    rows = []
    for line in frame.to_dict("records"):
        rows.append((table, column, line["term"], "estimate", float(line["estimate"]), stars(line["p_value"])))
        rows.append((table, column, line["term"], "std_error", float(line["std_error"]), ""))
    return rows + [(table, column, "model", name, float(frame[name].iloc[0]), "") for name in MODEL if name in frame]


def _file(exhibit: str) -> File:
    if exhibit not in FILES:
        raise EnclaveError(f"There is no exhibit {exhibit!r}. {offered(exhibit, FILES)}")
    return FILES[exhibit]
