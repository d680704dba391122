"""Cells of parents that hold a word or a sign in place of an identifier: 0, 9999, x, 没有.

A branch without the identifier of its parent finds it by its name. A cell that is filled with something that is no
identifier hides this, and the branch is lost unless the name of the parent begins with a city.
"""

from enclave_registers.understood.cells import Text, Understood
from enclave_registers.understood.dates import BY_CHANCE
from enclave_registers.understood.lines import Line, fault, percent
from enclave_registers.understood.tables import Tables

TABLE, COLUMN = "branches", "parent_id"
# no digit, or one character alone, repeated or with a minus sign before it
NO_IDENTIFIER = f"(not regexp_matches({COLUMN}, '[0-9]') or replace(ltrim({COLUMN}, '-'), right({COLUMN}, 1), '') = '')"


def parents(tables: Tables) -> Understood:
    """A line on such cells, unless a firm has just this identifier. From `BY_CHANCE` cells on they are a fault."""
    found = tables.rows(
        f"select {COLUMN}, count(*) from {TABLE} where {NO_IDENTIFIER} "
        f"and {COLUMN} not in (select firm_id from firms) group by 1 order by 1"
    )
    cells, given = sum(n for _, n in found), tables.row(f"select count({COLUMN}) from {TABLE}")[0]
    texts = [Text(TABLE, COLUMN, text, n, "no identifier") for text, n in found]
    problem, warning = None, ""
    told = f"{cells} of its cells hold no identifier (no digit, or one digit alone), and no firm has such a one"
    remedy = (
        f"If it stands for an unknown parent, translate it into an empty cell in the map, under {TABLE}, values, "
        f"{COLUMN}: the parent is then found by its name. {tables.listed} lists these cells."
    )
    if cells >= BY_CHANCE:
        problem = fault(TABLE, told, remedy, COLUMN)
    elif cells:
        warning = f'column "{COLUMN}": {told}. {remedy}'
    return Understood([Line(TABLE, f"{COLUMN}: no identifier", percent(cells, given), "none", problem, warning)], texts)
