"""Files that have as many records as a sheet holds: a spreadsheet cuts off what is more, without a word in the file."""

from collections.abc import Iterator

from enclave_registers.understood.lines import Line
from enclave_registers.understood.tables import Tables

# rows of a sheet: .xls files and old programs, .xlsx files
ROWS_OF_A_SHEET = (65_536, 1_048_576)
# at most so many rows of a sheet are headers, titles and notes
OTHER_ROWS = 5


def all_files(tables: Tables) -> Iterator[Line]:
    """A line for each table with such a file."""
    for table, files in tables.files.items():
        full = [(name, records) for name, records in files if _is_full(records)]
        if full:
            name, records = full[0]
            told = f"{name} has {records:,} records, as many as a sheet of a spreadsheet holds. Were records cut off?"
            yield Line(table, "files as long as a sheet", str(len(full)), warning=told)


def _is_full(records: int) -> bool:
    return any(rows - OTHER_ROWS <= records <= rows for rows in ROWS_OF_A_SHEET)
