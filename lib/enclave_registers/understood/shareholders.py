"""Kinds of shareholders beside their names: natural persons named like firms, and firms named like persons.

The kind is a code in many registers, and a map translates it. Two codes that are exchanged there leave valid tables, in
which the stakes of firms drop out as those of persons.
"""

from collections.abc import Iterator

from enclave_registers.cleaning.shareholders import NATURAL_PERSON
from enclave_registers.understood.cells import ENOUGH
from enclave_registers.understood.lines import Line, fault, percent
from enclave_registers.understood.tables import Tables

TABLE, COLUMN = "shareholders", "shareholder_type"
OF_FIRMS = "公司|集团|企业|合作社|厂$|银行|中心$|基金|合伙"
# of the natural persons: named like firms. Of the others: names of two to four characters that are not of firms
PERSONS_LIKE_FIRMS, FIRMS_LIKE_PERSONS = 0.10, 0.25


def kinds(tables: Tables) -> Iterator[Line]:
    """Two lines on the names of each kind. Large registers are counted on the stakes of a sample of firms."""
    is_person, is_firm = f"{COLUMN} = '{NATURAL_PERSON}'", f"regexp_matches(shareholder_name, '{OF_FIRMS}')"
    is_short = "length(replace(shareholder_name, ' ', '')) between 2 and 4"
    persons, like_firms, others, like_persons = tables.row(
        f"select count(*) filter ({is_person}), count(*) filter ({is_person} and {is_firm}), "
        f"count(*) filter (not {is_person}), count(*) filter (not {is_person} and not {is_firm} and {is_short}) "
        f"from {TABLE} where {tables.sampled('firm_id', 'firms')}"
    )
    yield _line("natural persons named like firms", like_firms, persons, PERSONS_LIKE_FIRMS)
    yield _line("other shareholders named like persons", like_persons, others, FIRMS_LIKE_PERSONS)


def _line(what: str, found: int, given: int, limit: float) -> Line:
    share, problem = percent(found, given), None
    if found >= ENOUGH and found > limit * given:
        remedy = (
            f"Check the codes of the kinds in the map, under {TABLE}, values, {COLUMN}: two of them may be exchanged. "
            f"If a column was filled down, export it again."
        )
        problem = fault(TABLE, f"{what}: {share}", remedy, COLUMN)
    return Line(TABLE, what, share, f"at most {100 * limit:.0f} %", problem)
