"""What a message to a licence holder must have: a place, a remedy, and no value of the data."""

import re

import pandas as pd

from campaign.mutation import Mutation
from enclave.base import paths
from enclave_registers.schema import TABLES

# columns whose values are of persons, firms and plots; shorter values could stand in any sentence
PRIVATE = {
    "firms": ["firm_id", "name"],
    "shareholders": ["firm_id", "shareholder_id", "shareholder_name"],
    "branches": ["branch_id", "name", "parent_id", "parent_name"],
    "land": ["supervision_number", "location"],
}
SHORTEST = 5
NUMBER = re.compile(r"data rows? (\d+)")


def private_values(tables: dict[str, pd.DataFrame]) -> set[str]:
    """Values that no message may quote."""
    values = {value for table, columns in PRIVATE.items() for name in columns for value in tables[table][name].dropna()}
    return {value for text in values if len(value := text.strip()) >= SHORTEST}


def fault(text: str, mutation: Mutation, private: set[str]) -> str:
    """What a message lacks, or nothing. A message of several lines has a place and a remedy in each."""
    if any(value in text for value in private):
        return "quotes a value"
    for line in text.splitlines():
        missing = _missing(line, mutation)
        if missing:
            return f"{missing}: {line}"
    return "" if text.strip() else "is empty"


def _missing(line: str, mutation: Mutation) -> str:
    place, colon, rest = line.partition(": ")
    names = [*mutation.change.files, *TABLES, paths.DELIVERY_MAP, paths.TREATED]
    if not colon or not any(name in place for name in names):
        return "names no file"
    if not re.search(r"[.?)] [A-Z].*\.$|\.$", rest):
        return "has no remedy"
    rows = {int(number) for number in NUMBER.findall(line)}
    allowed = mutation.change.rows
    if rows and allowed and not rows & allowed:
        return "names another row"
    return ""
