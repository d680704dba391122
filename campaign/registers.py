"""Small sound deliveries that the campaign damages: the same six tables in the shape of the codebook and of a supplier.

They come from the counts of the twin, thinned out: few firms, but every city, every year and every kind of data error.
There is no record of how they were made, so the book treats them as private.
"""

import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from campaign.delivery import Delivery, Files, Sheet, Style
from enclave.base.terms import PAIR
from enclave.facts import treated_pairs
from enclave.panels import targets
from enclave_twin import formats, rehearsal, write

FIRMS = 900
SEED = 19
# one link in so many is kept
LINKS, BRANCHES = 25, 12
# counties whose plots are kept, and most plots of a county, side and year
COUNTIES, PLOTS = 9, 2
PLAIN, SUPPLIER, FORMATS = "plain", "supplier", "formats"
# shapes whose tables are text
SHAPES = (PLAIN, SUPPLIER)
# the format of each table in the shape `FORMATS`
STORED = {
    "firms": "parquet",
    "shareholders": "dta",
    "industries": "xlsx",
    "branches": "xlsx",
    "yearbook": "dta",
    "land": "parquet",
}


@cache
def tables() -> dict[str, pd.DataFrame]:
    """The six raw tables, in the columns and types of the schema."""
    return write.compose(thinned(targets.read()), FIRMS, SEED)


def thinned(counts: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Target counts with a small part of the links, branches and plots, and with the whole yearbook."""
    named = dict(zip(["investor", "investee"], PAIR, strict=True))
    cells = [*PAIR, "year"]
    network = _one_in(LINKS, counts["network"])
    ends = counts["manufacturing"][PAIR].drop_duplicates()
    made = network.rename(columns=named).merge(ends, on=PAIR)
    both = counts["all_industry"].merge(counts["manufacturing"], on=cells, how="left", suffixes=("", "_made"))
    other = both[cells].assign(count=both["count"] - both["count_made"].fillna(0).astype("int64"))
    every = pd.concat([made, _one_in(LINKS, other)]).groupby(cells, as_index=False)["count"].sum()
    return counts | {
        "network": network,
        "manufacturing": made,
        "all_industry": every,
        "branches": _one_in(BRANCHES, counts["branches"]),
        "land": _some_counties(counts["land"]),
    }


def _one_in(step: int, cells: pd.DataFrame) -> pd.DataFrame:
    """One in `step` of the counted links, spread evenly over the cells in the order of the years."""
    cells = cells.sort_values(["year", *cells.columns[:2]], ignore_index=True)
    kept = (cells["count"].cumsum() // step).diff().fillna(0).astype("int64")
    return cells.assign(count=kept)[kept > 0].reset_index(drop=True)


def _some_counties(land: pd.DataFrame) -> pd.DataFrame:
    """Some counties in all their years, with at most `PLOTS` plots in a row."""
    every = sorted(land["county"].unique())
    some = [every[place] for place in np.linspace(0, len(every) - 1, COUNTIES).astype(int)]
    land = land[land["county"].isin(some)]
    return land.assign(plots=land["plots"].clip(upper=PLOTS)).reset_index(drop=True)


@cache
def delivery(shape: str) -> Delivery:
    """The sound delivery in one of `SHAPES`, or in `FORMATS`, which has no text tables."""
    return {PLAIN: _plain, SUPPLIER: _supplier, FORMATS: _formats}[shape]()


def _plain() -> Delivery:
    """CSV in UTF-8 under the names and headers of the codebook, and a list of treated pairs."""
    sheets = {f"{name}.csv": _sheet(name, frame) for name, frame in tables().items()}
    pairs = treated_pairs.by_rule().astype(str)
    sheets[treated_pairs.LIST] = _sheet("treated", pairs)
    return Delivery(PLAIN, {name: sheet.bytes() for name, sheet in sheets.items()}, sheets)


def _sheet(table: str, frame: pd.DataFrame) -> Sheet:
    return Sheet(table, list(frame), _texts(frame).to_numpy(object).tolist(), list(frame))


def _texts(frame: pd.DataFrame) -> pd.DataFrame:
    """The cells as text, with nothing for a missing value."""
    return pd.DataFrame({name: cells.astype("str").where(cells.notna(), "") for name, cells in frame.items()})


def _supplier() -> Delivery:
    """Other names, headers, parts, codes, units, dates and encodings, and the map that describes them."""
    contents = _written(lambda folder: rehearsal.write(tables(), folder))
    sheets = {}
    for table, shape in rehearsal.SHAPES.items():
        ours = {theirs: name for name, theirs in shape.headers.items()}
        for name in _matching(contents, shape.patterns):
            style = Style(shape.encoding, shape.delimiter, "\r\n", "gz" if name.endswith(".gz") else "")
            sheets[name] = Sheet.of_bytes(table, contents[name], ours, style)
    return Delivery(SUPPLIER, contents, sheets)


def _formats() -> Delivery:
    """The tables as Stata, Parquet and workbooks."""

    def write(folder: Path) -> None:
        for table, frame in tables().items():
            formats.write(frame, folder, table, STORED[table])

    return Delivery(FORMATS, _written(write), {})


def _written(write: Callable[[Path], None]) -> Files:
    """The files that a function writes into a folder."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        write(folder)
        found = [path for path in sorted(folder.rglob("*")) if path.is_file()]
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def _matching(names: dict[str, bytes], patterns: list[str]) -> list[str]:
    """The text files that match one of the patterns of a table."""
    texts = [name for name in names if not name.endswith(".xlsx")]
    return [name for name in texts if any(Path(name).match(pattern) for pattern in patterns)]
