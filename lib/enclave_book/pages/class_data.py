"""The panels for other programs: CSV, Stata with labels, and Parquet, with a codebook and one archive for a class.

Only panels of synthetic registers are offered. Those of other registers belong to somebody.
"""

import datetime
import io
from collections.abc import Iterator

import pandas as pd

from enclave.base import files, paths, sources
from enclave.base.columns import File
from enclave.panels.columns import PANELS
from enclave_book.pages import downloads
from enclave_book.pages.markdown import table

# the counts of rows before and after each step are no panel
OFFERED = [panel for panel in PANELS if panel.name.endswith(".parquet")]
FOLDER = "panels"
ARCHIVE = "enclave_panels_{kind}.zip"
CODEBOOK = "codebook.csv"
# Stata files state when they were made; the same panels give the same bytes
LONG_AGO = datetime.datetime(1980, 1, 1)
STATA, LONGEST_LABEL = 118, 80
NOTE = """Panels of the replication book Enclave (Tang and Zhang 2024). {mark}.

Each panel is here three times: .csv (UTF-8), .dta (Stata 14 and later, with labels), .parquet (Python, R).
codebook.csv names every column with its unit. Cities and counties have their GB/T 2260 codes; cities.csv has the names.
A missing value is an empty cell in .csv and a full stop in Stata.

Stata: use manufacturing.dta, clear
       generate treat = !missing(cohort) & year >= cohort
       egen pair = group(helper recipient)
       xtset pair year
       xtreg count treat i.year, fe vce(cluster pair)
"""


NOTHING = "This copy offers no panels: its registers are not synthetic, and the panels may belong to somebody.\n"
README = "README.txt"


def write(source: str) -> None:
    """Write the files and their archive into `paths.class_data(source)`; a note alone if none is offered."""
    made = files_of(source)
    with files.new_folder(paths.class_data(source)) as folder:
        for name, content in (made or {README: NOTHING.encode()}).items():
            files.write_bytes(content, folder / name)
        if made:
            files.write_bytes(downloads.archive(made), folder / ARCHIVE.format(kind=sources.kind(source)))


def files_of(source: str) -> dict[str, bytes]:
    """Name and content of each file; none unless the registers are synthetic."""
    if sources.kind(source) != sources.SYNTHETIC:
        return {}
    made = {}
    for panel in OFFERED:
        frame = pd.read_parquet(paths.panels(source) / panel.name)[panel.headers]
        made[f"{panel.stem}.csv"] = frame.to_csv(index=False, lineterminator="\n").encode()
        made[f"{panel.stem}.dta"] = stata(frame, panel)
        made[f"{panel.stem}.parquet"] = (paths.panels(source) / panel.name).read_bytes()
    made[CODEBOOK] = codebook().to_csv(index=False, lineterminator="\n").encode()
    cities = pd.read_csv(paths.FACTS / "cities.csv", dtype=str)
    made["cities.csv"] = cities.to_csv(index=False, lineterminator="\n").encode()
    made[README] = NOTE.format(mark=sources.data_label(source)).encode()
    return made


def codebook() -> pd.DataFrame:
    """One row per panel and column: panel, one row per what, column, what it is, unit, whether it may be missing."""
    rows = [
        (panel.stem, panel.row, column.name, column.what, column.unit, column.gaps)
        for panel in OFFERED
        for column in panel.columns
    ]
    return pd.DataFrame(rows, columns=["panel", "row", "column", "what", "unit", "may_be_missing"])


def stata(frame: pd.DataFrame, panel: File) -> bytes:
    """A panel as Stata has it: labels of columns with their units, missing numbers as its own."""
    plain = frame.copy()
    for column in plain:
        if pd.api.types.is_numeric_dtype(plain[column]):
            whole = plain[column].notna().all() and pd.api.types.is_integer_dtype(plain[column])
            plain[column] = plain[column].astype("int32" if whole else "float64")
        else:
            plain[column] = plain[column].astype(object).where(plain[column].notna(), "")
    buffer = io.BytesIO()
    plain.to_stata(
        buffer,
        write_index=False,
        version=STATA,
        time_stamp=LONG_AGO,
        data_label=panel.title,
        variable_labels=dict(_labels(panel)),
    )
    return buffer.getvalue()


def _labels(panel: File) -> Iterator[tuple[str, str]]:
    for column in panel.columns:
        words = f"{column.what} ({column.unit})" if column.unit else column.what
        yield column.name, words[:LONGEST_LABEL]


def page(source: str) -> str:
    """The generated part of the page on data: links to the archive and to each file."""
    if sources.kind(source) != sources.SYNTHETIC:
        return NOTHING
    ends = ["csv", "dta", "parquet"]
    rows = [
        [panel.title, panel.row, *(_link(f"{panel.stem}.{end}", f".{end}", source) for end in ends)]
        for panel in OFFERED
    ]
    archive = _link(ARCHIVE.format(kind=sources.kind(source)), "All panels in one archive", source)
    book = _link(CODEBOOK, "codebook", source)
    shown = table(pd.DataFrame(rows, columns=["Panel", "One row per", "CSV", "Stata", "Parquet"]))
    return f"{sources.data_label(source)}. {archive}, with a note and the {book}.\n\n{shown}\n"


def _link(name: str, text: str, source: str) -> str:
    size = downloads.size(paths.class_data(source) / name)
    return f'<a href="../{downloads.WHERE}/{FOLDER}/{name}" download>{text}</a> ({size})'
