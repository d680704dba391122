"""Columns that must vary, and those that must not be empty, because nothing would be left of the panels."""

from collections.abc import Iterator

from enclave_registers.understood.cells import ENOUGH
from enclave_registers.understood.lines import Line, fault, percent
from enclave_registers.understood.tables import Tables

# of many records these cannot be all the same. Provinces, kinds of shareholders and vintages can
VARYING = {
    "firms": ("firm_id", "name", "city", "industry_id"),
    "shareholders": ("firm_id", "shareholder_id", "shareholder_name"),
    "branches": ("name", "parent_id", "parent_name"),
    "land": ("location",),
}
# whose empty cells no other line counts
EMPTY = (("firms", "industry_id"), ("branches", "parent_name"), ("land", "location"))
# names and addresses, in which the cleaning looks for cities, parents and parks
NAMES_AND_ADDRESSES = (("firms", "name"), ("branches", "name"), ("branches", "parent_name"), ("land", "location"))
# the private areas of Unicode, the sign for a lost character, that sign in UTF-8 read as GBK, and stars for characters
SIGNS_OF_NO_TEXT = r"[\x{E000}-\x{F8FF}\x{F0000}-\x{10FFFD}\x{FFFD}]|锟斤拷|[*＊]{2}"
# of the cells: names and addresses without a Chinese character, as a wrong encoding leaves them. A foreign shareholder
# has such a name, and the address of a plot may be its number alone
CHINESE = r"\p{Han}"
NOT_CHINESE_SEEN, NOT_CHINESE = 0.01, 0.50
# what follows if all of them are empty
NEEDED = {"industry_id": "no firm is in manufacturing", "location": "no plot is in a park"}


def all_columns(tables: Tables) -> Iterator[Line]:
    """A line for each table, and one more for each column that is wrong."""
    for table, columns in VARYING.items():
        one = [column for column in columns if _has_one_value(tables, table, column)]
        yield Line(table, "columns with one value in all records", str(len(one)), "none of those that must vary")
        for column in one:
            problem = "all its cells hold one and the same value"
            remedy = "Export the table again: a column that was filled down looks like this."
            yield Line(table, f"{column}: different values", "1", "more", fault(table, problem, remedy, column))
    for table, column in EMPTY:
        yield _empty(tables, table, column)
    for table, column in NAMES_AND_ADDRESSES:
        yield _signs(tables, table, column)
    for table, column in (*NAMES_AND_ADDRESSES, ("shareholders", "shareholder_name")):
        yield _without_chinese(tables, table, column)
    yield _modes(tables)
    yield _kinds(tables)


def _has_one_value(tables: Tables, table: str, column: str) -> bool:
    """Whether many cells are filled, all with the same value."""
    cells, low, high = tables.row(f"select count({column}), min({column}), max({column}) from {table}")
    return cells >= ENOUGH and low == high


def _empty(tables: Tables, table: str, column: str) -> Line:
    records, cells = tables.row(f"select count(*), count({column}) from {table}")
    problem = None
    if column in NEEDED and records >= ENOUGH and not cells:
        remedy = f"Deliver it: without it {NEEDED[column]}."
        problem = fault(table, "all its cells are empty", remedy, column)
    limit = "not all" if column in NEEDED else ""
    return Line(table, f"{column}: empty cells", percent(records - cells, records), limit, problem)


def _signs(tables: Tables, table: str, column: str) -> Line:
    """Cells with signs that a website draws with a font of its own, or that an encoding lost."""
    cells, wrong = tables.row(
        f"select count({column}), count(*) filter (regexp_matches({column}, '{SIGNS_OF_NO_TEXT}')) from {table}"
    )
    warning = (
        f'column "{column}": {percent(wrong, cells)} of the cells have signs of a private font or lost signs. '
        "Names of cities and parks are not found in them. Decode them, or export the table again."
    )
    what = f"{column}: signs of a private font"
    return Line(table, what, percent(wrong, cells), warning=warning if wrong else "")


def _without_chinese(tables: Tables, table: str, column: str) -> Line:
    """Cells without a Chinese character: letters with accents, question marks, or names in Latin letters."""
    cells, wrong = tables.row(
        f"select count({column}), count(*) filter (not regexp_matches({column}, '{CHINESE}')) from {table}"
    )
    share, problem, warning = percent(wrong, cells), None, ""
    told = f"{share} of the cells have no Chinese character"
    remedy = "Names of cities and parks are not found in them. If an encoding was mistaken, export the table again."
    if wrong >= ENOUGH and wrong > NOT_CHINESE * cells:
        problem = fault(table, told, f"{remedy} The encoding of a file can be given in the map.", column)
    elif wrong >= ENOUGH and wrong > NOT_CHINESE_SEEN * cells and table != "shareholders":
        warning = f'column "{column}": {told}. {remedy}'
    limit = f"at most {100 * NOT_CHINESE:.0f} %"
    return Line(table, f"{column}: without Chinese characters", share, limit, problem, warning)


def _modes(tables: Tables) -> Line:
    """The share of the commonest supply mode: grants and sales of one kind may be what was delivered."""
    found = [plots for (plots,) in tables.rows("select count(*) from land group by supply_mode")]
    warning = ""
    if sum(found) >= ENOUGH and len(found) == 1:
        warning = 'column "supply_mode": all plots have the same. Were the others left out?'
    return Line("land", "supply_mode: the commonest", percent(max(found, default=0), sum(found)), warning=warning)


def _kinds(tables: Tables) -> Line:
    """Files of shareholders with one kind of them, beside files with several."""
    given = tables.with_part("shareholders", "shareholder_type")
    found = tables.rows(f"select part, count(distinct shareholder_type) from ({given}) group by 1 order by 1")
    alone = [tables.files["shareholders"][part][0] for part, kinds in found if kinds == 1]
    warning = ""
    if 0 < len(alone) < len(found):
        warning = f'column "shareholder_type": only one kind in {", ".join(alone[:3])}, unlike in the other files.'
    return Line("shareholders", "shareholder_type: files with one kind only", str(len(alone)), warning=warning)
