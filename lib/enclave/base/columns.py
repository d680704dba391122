"""Descriptions of written files: their columns, keys, types, units and gaps.

`enclave.panels.columns` and `enclave.exhibits.columns` describe each file with these classes. The codebook, the writing
of results and the validation of written files all read those descriptions.
"""

from dataclasses import dataclass

TEXT, WHOLE, NUMBER, TRUTH = "text", "whole number", "number", "true or false"


@dataclass(frozen=True)
class Column:
    """A column of a written file.

    Parameters
    ----------
    name : header of the column
    kind : TEXT, WHOLE, NUMBER or TRUTH
    what : what the values mean, for the codebook
    unit : unit of measurement, empty if there is none
    gaps : whether values may be missing
    """

    name: str
    kind: str
    what: str
    unit: str = ""
    gaps: bool = False


@dataclass(frozen=True)
class File:
    """A written file.

    Parameters
    ----------
    name : file name in the folder of its source, with the ending
    title : what the file holds
    row : what one row stands for
    keys : columns that identify a row
    columns : all columns, in the order of the file
    """

    name: str
    title: str
    row: str
    keys: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def stem(self) -> str:
        """The file name without its ending."""
        return self.name.partition(".")[0]

    @property
    def headers(self) -> list[str]:
        """Names of the columns, in the order of the file."""
        return [column.name for column in self.columns]


def columns(*described: tuple) -> tuple[Column, ...]:
    """Columns from tuples: name, kind and what; unit and gaps where they differ from the defaults."""
    return tuple(Column(*one) for one in described)


YEAR = ("year", WHOLE, "Year", "year")
