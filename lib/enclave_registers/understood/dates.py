"""Dates: records a year, the commonest day, and dates after the newest firm."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from statistics import median

from enclave_registers.understood.cells import ENOUGH
from enclave_registers.understood.lines import Line, fault, percent
from enclave_registers.understood.tables import Tables

# of the dated records: more on one day is a day that stands for an unknown date, or one that was filled in
COMMON_DAY, VERY_COMMON_DAY = 0.01, 0.10
# of the dated stakes and branches after the newest founding of a firm: the registers end there, so these are days to
# come, as those until which capital is promised
AFTER_THE_END = 0.10
# of the firms with a date: so many may have a later one by error
NEWEST = 0.001
DATED = (
    ("firms", "established"),
    ("shareholders", "invested_on"),
    ("branches", "established"),
    ("land", "signed_on"),
)
# days that programs write for no date (the first of Unix time) or for no end, and so many records that are no chance
FOR_NONE = {date(1901, 1, 1), date(1970, 1, 1), *(date(year, 12, 31) for year in (2049, 2050, 2098, 2099, 2100))}
FOR_NONE |= {date(year, 1, 1) for year in (2050, 2099, 2100)}
BY_CHANCE = 3
# a month of a table that was gathered month by month: fewer records than this part of the median month are too few, if
# the median month has at least so many
THIN_MONTH, RECORDS_A_MONTH = 0.1, 20
BY_MONTH = ("land", "signed_on")
AFTER_FIRMS = {"shareholders": "invested_on", "branches": "established"}


def all_dates(tables: Tables) -> Iterator[Line]:
    """Lines on the dates of each table."""
    newest = None
    for table, column in DATED:
        found = tables.rows(f"select {column}::date, count(*) from {table} group by 1")
        days: Counter[date] = Counter({day: records for day, records in found if day is not None})
        empty = sum(records for day, records in found if day is None)
        if table == "firms":
            newest = _newest(days)
        yield Line(table, f"{column}: empty cells", percent(empty, empty + days.total()))
        if days:
            yield _a_year(table, column, days)
            yield _commonest(table, column, days)
            yield from _for_none(table, column, days)
        if days and (table, column) == BY_MONTH:
            yield _thin_months(table, column, days)
        if days and newest and table in AFTER_FIRMS:
            yield _after(table, column, days, newest)


def _newest(days: Counter[date]) -> date | None:
    """The newest day, without the few that are later by error."""
    left = NEWEST * days.total()
    for day in sorted(days, reverse=True):
        left -= days[day]
        if left < 0:
            return day
    return None


def _a_year(table: str, column: str, days: Counter[date]) -> Line:
    years = Counter()
    for day, records in days.items():
        years[day.year] += records
    whole = range(min(years), max(years) + 1)
    told = f"{min(years)} to {max(years)}, {min(years[year] for year in whole):,} to {max(years.values()):,} records"
    return Line(table, f"{column}: records a year", told)


def _commonest(table: str, column: str, days: Counter[date]) -> Line:
    records = max(days.values())
    share = percent(records, days.total())
    problem, warning = None, ""
    if records >= ENOUGH and records > VERY_COMMON_DAY * days.total():
        remedy = (
            f"If the day stands for an unknown date, translate it into an empty cell in the map: {table}, values, "
            f'{column}: {{"1900-01-01": ""}}, with the day that your files have.'
        )
        problem = fault(table, f"{share} of its dates are one and the same day", remedy, column)
    elif records >= ENOUGH and records > COMMON_DAY * days.total():
        warning = (
            f'column "{column}": {share} of the dates are one and the same day. Does it stand for an unknown date?'
        )
    return Line(table, f"{column}: on the commonest day", share, _at_most(VERY_COMMON_DAY), problem, warning)


def _for_none(table: str, column: str, days: Counter[date]) -> Iterator[Line]:
    """A line if some records have a day that often stands for no date, be they too few for the commonest day."""
    found = {day: days[day] for day in sorted(FOR_NONE) if days[day] >= BY_CHANCE}
    if found:
        records, listed = sum(found.values()), ", ".join(map(str, found))
        warning = (
            f'column "{column}": {records} dates are {listed}, which often stand for no date. If they do, translate '
            f"them into empty cells in the map, under {table}, values, {column}."
        )
        yield Line(table, f"{column}: days that often stand for none", str(records), warning=warning)


def _thin_months(table: str, column: str, days: Counter[date]) -> Line:
    """Months between the first and the last one with hardly a record: a page of the website may not have been read."""
    months = Counter()
    for day, records in days.items():
        months[day.year * 12 + day.month - 1] += records
    counts = [months[month] for month in range(min(months), max(months) + 1)]
    usual = median(counts)
    thin = [min(months) + at for at, records in enumerate(counts) if records < THIN_MONTH * usual]
    what, told = f"{column}: months with hardly a record", f"{len(thin)} of {len(counts)}"
    if usual < RECORDS_A_MONTH:
        return Line(table, what, f"{told}, too few records to judge")
    named = ", ".join(f"{month // 12}-{month % 12 + 1:02}" for month in thin[:3])
    more = f" and {len(thin) - 3} more" if len(thin) > 3 else ""
    warning = (
        f'column "{column}": under a tenth of the records of a usual month in {named}{more}. Were they left out?'
        if thin
        else ""
    )
    return Line(table, what, told, warning=warning)


def _after(table: str, column: str, days: Counter[date], newest: date) -> Line:
    after = sum(records for day, records in days.items() if day > newest)
    share = percent(after, days.total())
    problem = None
    if after >= ENOUGH and after > AFTER_THE_END * days.total():
        remedy = (
            "Deliver the date of the record. The day until which capital is promised (认缴) is none: "
            f"list {column} under absent in the map, or give the column with the date of payment (实缴)."
        )
        problem = fault(table, f"{share} of its dates are after the newest founding of a firm", remedy, column)
    return Line(table, f"{column}: after the newest firm", share, _at_most(AFTER_THE_END), problem)


def _at_most(share: float) -> str:
    return f"at most {100 * share:.0f} %"
