"""What the map of a delivery says about one table, or about one file of it, after it was parsed."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace

from enclave.base import paths
from enclave.base.errors import InputError
from enclave_registers.intake.delivery import patterns
from enclave_registers.intake.delivery.patterns import YearPattern
from enclave_registers.intake.delivery.units import Unit
from enclave_registers.intake.delivery.yaml_lines import Entry

# kind, column and text of an entry that must meet a cell: ("values", "province", "粤")
Place = tuple[str, str, str]
# the entry `stop_at` as a whole
STOP: Place = ("stop_at", "", "")


@dataclass(frozen=True)
class Indicator:
    """Headers of a long table: which figure a row holds, its value (none if years are columns), and its unit."""

    name: str
    value: str | None = None
    unit: str | None = None


@dataclass(frozen=True)
class UnitsOfYears:
    """Units of the years from `first` to `last`: our column -> delivered unit."""

    first: int
    last: int
    amounts: dict[str, Unit]


@dataclass(frozen=True)
class TableMap:
    """What the map says about one table. The defaults are those of the codebook.

    in_map_folder : whether the folder has a map at all
    files : patterns of the table's files
    sheet : the sheet of a workbook
    header_rows : rows of the headers, from 1; none for the first row
    first_record : row of the first record; None for the row below the headers
    stop_at : patterns of the first text in a row; that row and all below it are left out
    drop_rows : column, or header -> patterns of cells whose rows are left out
    columns : our column -> delivered header
    absent : columns that were not delivered
    sums : our column -> headers of the columns to add, each with its unit or None
    first_of : our column -> headers; the first that has a value counts
    values : our column -> delivered code -> our value
    fill_down : columns in which an empty cell means the one above
    footnotes : columns whose cells may end with a sign of a footnote
    thousands : what separates thousands in amounts
    dates : our column -> formats of its dates
    amounts : our column -> delivered unit
    by_year : further units, by year
    year_from_file : where the name of a file has the year
    year_columns : headers of columns that each hold a year
    indicator : headers of a table with one figure per row
    number_plots : whether plots without number get one from their content
    standard : the vintage of the codes in the firm master, if there is no industry dictionary
    has_industry_codes : whether `industry_id` of the firm master is such a code
    constants : our column -> the value that the name of the file gives to all its records
    variants : patterns of file names, and what holds for these files
    lines : the entries of `values` and `drop_rows`, each of which must meet a cell, and `stop_at`, which must meet a
        row
    """

    in_map_folder: bool = False
    files: tuple[Entry, ...] = field(default=(), compare=False)
    encoding: str | None = None
    delimiter: str = ","
    sheet: str | None = None
    header_rows: tuple[int, ...] = ()
    first_record: int | None = None
    stop_at: tuple[str, ...] = ()
    drop_rows: dict[str, tuple[str, ...]] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    absent: frozenset[str] = frozenset()
    sums: dict[str, dict[str, Unit | None]] = field(default_factory=dict)
    first_of: dict[str, tuple[str, ...]] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    fill_down: tuple[str, ...] = ()
    footnotes: tuple[str, ...] = ()
    thousands: str | None = None
    dates: dict[str, tuple[str, ...]] = field(default_factory=dict)
    amounts: dict[str, Unit] = field(default_factory=dict)
    by_year: tuple[UnitsOfYears, ...] = ()
    year_from_file: YearPattern | None = None
    year_columns: YearPattern | None = None
    indicator: Indicator | None = None
    number_plots: bool = False
    standard: int | None = None
    has_industry_codes: bool = False
    constants: dict[str, str | None] = field(default_factory=dict)
    variants: tuple[tuple[Entry, "TableMap"], ...] = field(default=(), compare=False)
    lines: dict[Place, Entry] = field(default_factory=dict, compare=False)

    def lists(self, file: str) -> bool:
        """Whether the map lists this file by its full name, not by a pattern."""
        return any(entry.text() == file for entry in self.files)

    @property
    def records_from(self) -> int:
        """The first record, counted from the row below the headers as 1."""
        return (self.first_record or self.header_row + 1) - self.header_row

    @property
    def header_row(self) -> int:
        """The lowest row of the headers, from 1."""
        return max(self.header_rows, default=1)

    @property
    def made(self) -> set[str]:
        """Columns that have no header of their own: they are empty, constant, or made from other columns."""
        return {*self.absent, *self.constants, *self.sums, *self.first_of}

    @property
    def further_headers(self) -> list[str]:
        """Headers beyond our columns that are read: parts of sums, choices, and columns that decide on rows."""
        named = [*(header for parts in self.sums.values() for header in parts), *sum(self.first_of.values(), ())]
        return list(dict.fromkeys([*named, *self.drop_rows]))

    @property
    def is_reshaped(self) -> bool:
        """Whether columns or rows of the file become other ones before its headers are matched."""
        years_in_headers = any(patterns.has_year(header) for header in self.columns.values())
        return years_in_headers or self.year_columns is not None or self.indicator is not None

    def column_of(self, header: str) -> str:
        """The column of ours that a further header is a part of, or the name itself."""
        parts = [*self.first_of.items(), *((name, tuple(units)) for name, units in self.sums.items())]
        return next((name for name, headers in parts if header in headers), header)

    def units_of(self, column: str) -> list[Unit]:
        """All units that amounts of a column may have; that of the schema if the map gives none for all years."""
        of_years = [period.amounts[column] for period in self.by_year if column in period.amounts]
        return [self.amounts.get(column, Unit()), *of_years]

    def of_file(self, name: str, partitions: dict[str, str | None] | None = None) -> "TableMap":
        """What the map says about one file of the table.

        partitions : our column -> value that the folders of the file give

        Raises InputError for a file that two entries of `by_file` match, for a name without the year it should have,
        and for a column that the folder gives and the map says otherwise.
        """
        chosen = self._variant(name)
        constants = dict(partitions or {})
        for column in constants:
            if column in chosen.absent or column in chosen.columns:
                key = "absent" if column in chosen.absent else "columns"
                problem = f"the folder gives {column}, and the map has it under {key}"
                raise InputError(name, problem, f"Remove {column} from {key} in {paths.DELIVERY_MAP}.")
        if chosen.year_from_file:
            constants["year"] = str(_year(chosen.year_from_file, name))
        return replace(chosen, constants=constants) if constants else chosen

    def _variant(self, name: str) -> "TableMap":
        fitting = [(entry, variant) for entry, variant in self.variants if patterns.fits(entry.keys[-1], name)]
        if len(fitting) > 1:
            entry, other = fitting[1][0], fitting[0][0]
            problem = f"matches {name}, which {other.keys[-1]} matches as well"
            raise entry.error(problem, "Give patterns of by_file that have no file in common.")
        return fitting[0][1] if fitting else self

    def check_variants(self, names: Sequence[str]) -> None:
        """Raise InputError for an entry of `by_file` that matches none of the table's files."""
        for entry, _ in self.variants:
            if not any(patterns.fits(entry.keys[-1], name) for name in names):
                there = ", ".join(names[:3])
                raise entry.error("matches no file of the table", f"Correct the pattern. The files are: {there}.")

    def key(self) -> str:
        """All that decides how a file is read, as one text: equal keys lead to equal tables."""
        given = {one.name: getattr(self, one.name) for one in fields(self) if one.compare}
        return repr(given | {"in_map_folder": None, "absent": sorted(self.absent)})


def _year(pattern: YearPattern, name: str) -> int:
    year = pattern.year(name)
    year = pattern.year(name.rpartition("/")[2]) if year is None else year
    if year is None:
        problem = f'the name does not fit "{pattern.text}", from which the map takes the year'
        remedy = "Correct year_from_file in the map, or give the file its own entry under by_file."
        raise InputError(name, problem, remedy)
    return year
