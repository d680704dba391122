"""Which records of two deliveries differ, and which cells of the panels these records can touch.

The rule uses the plain program of the tests: it cleans the records that differ, and those that refer to them, alone.
"""

from collections import Counter
from collections.abc import Iterable

import pandas as pd
import plain_cleaning

from enclave.base.terms import PAIR_PANELS

Tables = dict[str, pd.DataFrame]
# name of the panel and the keys of the cell
Cell = tuple[str, ...]
KEYS = {
    **{name: ["helper", "recipient", "year"] for name in PAIR_PANELS},
    "network": ["investor", "investee", "year"],
    "land": ["county", "park", "year"],
    "yearbook": ["recipient", "year"],
    "pairs": ["helper", "recipient"],
}
# two numbers that differ by less are the same: one program divides by ten thousand, the other multiplies
CLOSE = 1e-9


def records(before: Tables, after: Tables) -> dict[str, tuple[pd.DataFrame, pd.DataFrame]]:
    """The records of each table that only one of two sets has: those of the first, those of the second."""
    return {table: _differing(before[table], after[table]) for table in before}


def _differing(before: pd.DataFrame, after: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    if before.equals(after):
        return before.iloc[:0], after.iloc[:0]
    one, other = _counted(before), _counted(after)
    return _marked(before, one - other), _marked(after, other - one)


def _counted(table: pd.DataFrame) -> Counter:
    return Counter(_rows(table))


def _rows(table: pd.DataFrame) -> list[tuple]:
    return list(table.astype(object).where(table.notna(), None).itertuples(index=False, name=None))


def _marked(table: pd.DataFrame, left: Counter) -> pd.DataFrame:
    """The records of a table that are counted, each as often."""
    kept, left = [], Counter(left)
    for row in _rows(table):
        kept.append(left[row] > 0)
        left[row] -= kept[-1]
    return table[kept]


def count(changed: dict[str, tuple[pd.DataFrame, pd.DataFrame]]) -> int:
    """How many records differ: those of one set or those of the other, whichever are more."""
    return max(sum(len(pair[side]) for pair in changed.values()) for side in (0, 1))


def differing_cells(one: Tables, other: Tables) -> set[Cell]:
    """The cells of panels that have another value in the one set than in the other, or are in one of them alone."""
    return {cell for name in KEYS if name in one for cell in _differing_cells(name, one[name], other[name])}


def _differing_cells(name: str, one: pd.DataFrame, other: pd.DataFrame) -> Iterable[Cell]:
    if one.equals(other):
        return []
    keys = KEYS[name]
    values = [column for column in one if column not in keys and column in other]
    both = one[keys + values].merge(other[keys + values], on=keys, how="outer", suffixes=("", "_"), indicator=True)
    same = both["_merge"] == "both"
    for column in values:
        same &= _equal(both[column], both[f"{column}_"])
    return [(name, *map(str, row)) for row in both.loc[~same, keys].itertuples(index=False)]


def _equal(one: pd.Series, other: pd.Series) -> pd.Series:
    if not pd.api.types.is_numeric_dtype(one):
        return (one == other) | (one.isna() & other.isna())
    one, other = (numbers.astype("float64") for numbers in (one, other))
    return ((one - other).abs() <= CLOSE * (one.abs() + 1)) | (one.isna() & other.isna())


def cells(before: Tables, after: Tables, cohorts: pd.DataFrame) -> set[Cell]:
    """The cells that the differing records of two sets can touch, with all years of a pair that comes or goes."""
    changed = records(before, after)
    made = [_cells(tables, changed, cohorts) for tables in (before, after)]
    return made[0] | made[1]


def _cells(tables: Tables, changed: dict, cohorts: pd.DataFrame) -> set[Cell]:
    """The cells to which the differing records and those that refer to them add something, in one set of tables."""
    both = {table: pd.concat(pair) for table, pair in changed.items()}
    firms, names = _firms(tables["firms"], both)
    stakes, offices = tables["shareholders"], tables["branches"]
    parents = offices["parent_name"].map(plain_cleaning.normal)
    alone = {
        "shareholders": stakes[
            stakes["firm_id"].isin(firms) | stakes["shareholder_id"].isin(firms) | _among(stakes, both["shareholders"])
        ],
        "branches": offices[
            offices["parent_id"].isin(firms)
            | (offices["parent_id"].isna() & parents.isin(names))
            | _among(offices, both["branches"])
        ],
        "yearbook": tables["yearbook"][_among(tables["yearbook"], both["yearbook"])],
        "land": tables["land"][_counties(tables["land"]).isin(_counties(both["land"]))],
    }
    panels = plain_cleaning.clean_tables(tables | alone, cohorts)
    return {cell for name, panel in panels.items() for cell in _filled(name, panel)}


def _firms(master: pd.DataFrame, both: Tables) -> tuple[set, set]:
    """Identifiers and names of the firms that differ, or whose entry in the industry dictionary does."""
    firms = pd.concat([both["firms"], master[master["industry_id"].isin(both["industries"]["industry_id"])]])
    return set(firms["firm_id"]), set(firms["name"].map(plain_cleaning.normal))


def _among(table: pd.DataFrame, some: pd.DataFrame) -> pd.Series:
    rows = set(_rows(some))
    return pd.Series([row in rows for row in _rows(table)], index=table.index, dtype=bool)


def _counties(plots: pd.DataFrame) -> pd.Series:
    """The present code of the county of each plot, or its code if it is none."""
    code = plots["county_code"].fillna(plots["supervision_number"].str[:6])
    facts = plain_cleaning.facts("counties").drop_duplicates("code").set_index("code")["successor"]
    return code.map(facts.where(facts != "", facts.index.to_series())).fillna(code)


def _filled(name: str, panel: pd.DataFrame) -> Iterable[Cell]:
    """The cells with something in them; of land all cells, since a plot decides whether its county is in the panel."""
    if "count" in panel:
        panel = panel[panel["count"] > 0]
    return [(name, *map(str, row)) for row in panel[KEYS[name]].itertuples(index=False)]


def explained(differing: set[Cell], touched: set[Cell]) -> set[Cell]:
    """Those of the differing cells that the records explain.

    A pair without a link in any year is in no panel of pairs. So the first link of a pair brings in all its years, and
    the last one takes them out.
    """
    pairs = {cell[:3] for cell in touched if cell[0] in PAIR_PANELS}
    return {cell for cell in differing if cell in touched or (cell[0] in PAIR_PANELS and cell[:3] in pairs)}
