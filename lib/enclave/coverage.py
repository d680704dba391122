"""What a delivery must hold beyond sound tables, so that the book can be built from it.

Identifiers that meet, years without holes, and the starting values of every recipient: all of it is read before
anything is built, since the notebooks would stumble over one gap after the other.
"""

from collections.abc import Iterable, Iterator

import pandas as pd

from enclave import door, facts, land_grants, registers
from enclave.engine import city_codes
from enclave.errors import InputError
from enclave.reading.codes import city_keys

Tables = dict[str, pd.DataFrame]

INVESTMENT_YEARS = range(registers.FIRST_YEAR, registers.LAST_YEAR + 1)
DATED = {
    ("shareholders", "invested_on"): INVESTMENT_YEARS,
    ("branches", "established"): INVESTMENT_YEARS,
    ("land", "signed_on"): range(land_grants.FIRST_YEAR, land_grants.LAST_YEAR + 1),
}
MEETING = {
    ("shareholders", "firm_id"): ("firms", "firm_id"),
    ("firms", "industry_id"): ("industries", "industry_id"),
}
CONTROLS = ["revenue_10k_yuan", "expenditure_10k_yuan", "phones_10k", "hospital_beds", "freight_10k_tonnes"]
LOOK = "Look for a part of the delivery that is missing."


def check(source: str, report: door.Report = door.silent) -> list[str]:
    """Check the raw tables of a source, then what they hold together; one message for each fault, none if all is there.

    Nothing is written. `report` is told each table as it passes. Tables are held together only if each is sound.
    """
    kept, faults = {}, []
    for table, frame, fault in door.tables(source, report):
        faults += [fault] if fault else []
        kept[table] = None if frame is None else _needed(table, frame)
    faults = faults or [*_strangers(kept), *_empty_years(kept), *_lost_recipients(kept["yearbook"])]
    return list(map(str, faults))


def _needed(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """The columns that are held together: identifiers, years of dates, and the yearbook as it is."""
    if table == "yearbook":
        return frame
    identifiers = {pair for pairs in MEETING.items() for pair in pairs}
    columns = {column: frame[column] for name, column in sorted(identifiers) if name == table}
    columns |= {column: frame[column].dt.year for name, column in DATED if name == table}
    return pd.DataFrame(columns).drop_duplicates()


def _strangers(tables: Tables) -> Iterator[InputError]:
    """Identifiers of which not a single one is known where it leads."""
    for (table, column), (other, key) in MEETING.items():
        values = tables[table][column].dropna()
        if len(values) and not values.isin(tables[other][key]).any():
            problem = f'none of its values stands in {other}, column "{key}"'
            remedy = "Deliver both with the same identifiers; look for lost zeros or a prefix in one of them."
            yield InputError(table, problem, remedy, column=column)


def _empty_years(tables: Tables) -> Iterator[InputError]:
    for (table, column), period in DATED.items():
        missing = sorted(set(period) - set(tables[table][column].dropna().astype(int)))
        if missing:
            remedy = f"The book needs every year from {period[0]} to {period[-1]}. {LOOK}"
            yield InputError(table, f"no record is dated {_listed(missing)}", remedy, column=column)


def _lost_recipients(yearbook: pd.DataFrame) -> Iterator[InputError]:
    """Recipients without the values of the first year, which the controls of equation (1) are."""
    start = yearbook[yearbook["year"] == registers.FIRST_YEAR]
    start = start.set_index(city_keys(start["city"])).reindex(city_codes("recipient"))
    names = facts.cities().set_index("code")["name_zh"]
    remedy = f"The controls are the values of {registers.FIRST_YEAR}, and all 12 recipients need them. {LOOK}"
    gone = start["year"].isna()
    for column in ["year", *CONTROLS]:
        empty = start.index[start[column].isna() & (gone if column == "year" else ~gone)]
        if len(empty):
            problem = f"{registers.FIRST_YEAR} is empty for {_listed(names[empty])}"
            yield InputError("yearbook", problem, remedy, column=column)


def _listed(items: Iterable) -> str:
    return ", ".join(map(str, items))
