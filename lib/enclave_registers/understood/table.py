"""The table of what was understood: its lines in order, and the texts that were not understood."""

from dataclasses import dataclass

import pandas as pd

from enclave_registers.understood import (
    amounts,
    cells,
    dates,
    file_lengths,
    identifiers,
    levels,
    no_identifiers,
    shareholders,
    variety,
)
from enclave_registers.understood.cells import Text
from enclave_registers.understood.lines import Line
from enclave_registers.understood.tables import Tables


@dataclass(frozen=True)
class Table:
    """What a delivery was understood as: lines of figures, and the texts that were not understood."""

    lines: list[Line]
    texts: list[Text]


def understood_as(tables: Tables, yearbook: pd.DataFrame) -> Table:
    """The table of six valid raw tables. `yearbook` is the one of that name."""
    columns = [*cells.all_columns(tables), no_identifiers.parents(tables)]
    lines = [line for column in columns for line in column.lines]
    lines += [*identifiers.all_references(tables), *dates.all_dates(tables), *amounts.all_amounts(tables, yearbook)]
    lines += [*levels.all_levels(tables, yearbook), *variety.all_columns(tables)]
    lines += [*shareholders.kinds(tables), *file_lengths.all_files(tables)]
    return Table(lines, [text for column in columns for text in column.texts])
