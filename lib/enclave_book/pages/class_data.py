"""The panels for other programs: CSV, Stata with labels, and Parquet, with a codebook and one archive for a class.

Only panels of synthetic registers are offered. Those of other registers belong to somebody.
"""

import datetime
import io
from collections.abc import Collection, Iterator
from pathlib import Path

import pandas as pd

from enclave import panels
from enclave.base import files, paths, sources
from enclave.base.columns import WHOLE, File, columns
from enclave.panels.columns import HELPER, PANELS, RECIPIENT
from enclave_book.pages import downloads
from enclave_book.pages.markdown import table

# the counts of rows before and after each step are no panel
OFFERED = [panel for panel in PANELS if panel.name.endswith(".parquet")]
# not a panel: with it another program can draw the same placebo treatments as Figure 2
DRAWS = File(
    "placebo_draws.parquet",
    "Placebo treatments of Figure 2",
    "draw and treated pair",
    ("draw", "helper", "recipient"),
    columns(
        ("draw", WHOLE, "Number of the draw"),
        HELPER,
        RECIPIENT,
        ("year", WHOLE, "First treated year of the pair in this draw", "year"),
    ),
)
FOLDER = "panels"
ARCHIVE = "enclave_panels_{kind}.zip"
CODEBOOK = "codebook.csv"
# Stata files state when they were made; the same panels give the same bytes
LONG_AGO = datetime.datetime(1980, 1, 1)
STATA, LONGEST_LABEL = 118, 80
NOTE = """Panels of the replication book Enclave (Tang and Zhang 2024). {mark}.

Each panel is here three times: .csv (UTF-8), .dta (Stata 14 and later, with labels), .parquet (Python, R).
codebook.csv names every column with its unit. placebo_draws has the placebo treatments of Figure 2.
Cities and counties have their GB/T 2260 codes; cities.csv has the names.
A missing value is an empty cell in .csv and a full stop in Stata.

Stata: use manufacturing.dta, clear
       generate treat = !missing(cohort) & year >= cohort
       egen pair = group(helper recipient)
       xtset pair year
       xtreg count treat i.year, fe vce(cluster pair)

Programs for Tables 1 to 5 and Figures 1, 2 and 5 are in r and stata. Run them in this folder:
       Rscript r/table_2.R
       do stata/table_2.do
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
    for panel, frame in frames(panels.of(source)):
        made[f"{panel.stem}.csv"] = csv(frame)
        made[f"{panel.stem}.dta"] = stata(frame, panel)
    made |= {panel.name: (paths.panels(source) / panel.name).read_bytes() for panel in OFFERED}
    made |= {place: script.read_bytes() for place, script in scripts().items()}
    made[CODEBOOK] = codebook().to_csv(index=False, lineterminator="\n").encode()
    cities = pd.read_csv(paths.FACTS / "cities.csv", dtype=str)
    made["cities.csv"] = cities.to_csv(index=False, lineterminator="\n").encode()
    made[README] = NOTE.format(mark=sources.data_label(source)).encode()
    return made


def frames(data: panels.Panels, names: Collection[str] | None = None) -> Iterator[tuple[File, pd.DataFrame]]:
    """Each panel that is offered, and the placebo treatments, with the columns of its description; or some of them."""
    # the regressions behind the maker take seconds to load
    from enclave.exhibits import figure_2

    for panel in [*OFFERED, DRAWS]:
        if names is None or panel.stem in names:
            frame = figure_2.treatments(data) if panel is DRAWS else data[panel.stem]
            yield panel, frame[panel.headers]


def scripts() -> dict[str, Path]:
    """The programs in R and Stata by their places in the archive, sorted."""
    found = [file for file in paths.PROGRAMS.rglob("*") if file.suffix in {".R", ".do"}]
    return {file.relative_to(paths.PROGRAMS).as_posix(): file for file in sorted(found)}


def csv(frame: pd.DataFrame) -> bytes:
    """A panel as CSV in UTF-8, in full precision."""
    return frame.to_csv(index=False, lineterminator="\n").encode()


def codebook() -> pd.DataFrame:
    """One row per panel and column: panel, one row per what, column, what it is, unit, whether it may be missing."""
    rows = [
        (panel.stem, panel.row, column.name, column.what, column.unit, column.gaps)
        for panel in [*OFFERED, DRAWS]
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
