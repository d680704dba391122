"""Identifiers that meet in another table, by key and delivered file, and why others do not."""

from collections.abc import Iterator
from dataclasses import dataclass
from string import ascii_uppercase, digits

from enclave.base.errors import InputError
from enclave_registers.understood.cells import ENOUGH
from enclave_registers.understood.lines import Line, fault, percent
from enclave_registers.understood.tables import Tables, loose

# of the identifiers that meet no other: so many meet one by chance if case, leading zeros and signs do not count
LOOSE = 0.01
# of long numbers: so many end in three zeros by chance (one in a thousand does). A spreadsheet keeps 15 digits, a short
# float six
LONG, ROUNDED = 9, 0.05
# of the identifiers: a form that no identifier of the other table has shows a prefix or another scheme. Natural persons
# may have one of their own
STRANGE = 0.05
PERSONS = {"shareholder_id": " and shareholder_type <> '自然人'"}
# so many identifiers of one of several files are needed to judge the share that meets
ENOUGH_OF_A_FILE = 100
SAME = "Deliver both tables with the same identifiers."


@dataclass(frozen=True)
class Reference:
    """A column of identifiers, the column that has them all, and the share that must meet there at least.

    A stake without its firm and a firm without its industry are errors. Shareholders and parents may be outside the
    firm master, which may cover one province: then their names are read. But if hardly one of a file is in it, the file
    has other identifiers.
    """

    table: str
    column: str
    other: str
    key: str
    least: float


REFERENCES = (
    Reference("shareholders", "firm_id", "firms", "firm_id", 0.90),
    Reference("shareholders", "shareholder_id", "firms", "firm_id", 0.01),
    Reference("branches", "parent_id", "firms", "firm_id", 0.01),
    Reference("firms", "industry_id", "industries", "industry_id", 0.90),
)


@dataclass(frozen=True)
class Meeting:
    """Identifiers of one file: how many, how many meet, meet but for case, zeros and signs, are long, end in 000."""

    file: str
    given: int
    meets: int
    nearly: int
    long: int
    rounded: int

    @property
    def share(self) -> float:
        """The share that meets."""
        return self.meets / self.given


def all_references(tables: Tables) -> Iterator[Line]:
    """A line for each reference, and one more for its worst file if the table was delivered in several."""
    for at, reference in enumerate(REFERENCES):
        meetings = _meetings(tables, reference, at)
        if not meetings:
            yield Line(reference.table, f"{reference.column} in {reference.other}", "no cell")
            continue
        whole = _whole(meetings)
        problem = _problem(reference, whole)
        yield _line(reference, whole, "", problem)
        if not problem:
            yield from _of_strange_form(tables, reference)
        if len(meetings) > 1:
            worst = min(meetings, key=lambda meeting: (_problem(reference, meeting) is None, meeting.share))
            # what is wrong with the column as a whole is told once
            problem = None if _problem(reference, whole) else _problem(reference, worst)
            yield _line(reference, worst, f", worst of {len(meetings)} files", problem)


def _of_strange_form(tables: Tables, reference: Reference) -> Iterator[Line]:
    """A line if many identifiers have a form (digits, letters and signs) that none of the other table has."""
    form = f"translate(translate({{key}}, '{digits}', '{'9' * 10}'), '{ascii_uppercase}', '{'A' * 26}')"
    column, persons = reference.column, PERSONS.get(reference.column, "")
    of_key, keys = form.format(key="key"), f"keys_{reference.other}"
    given, strange = tables.row(
        f"with given as (select {column} as key from {reference.table} where {column} is not null "
        f"and {tables.sampled(column, reference.other)}{persons}), "
        f"strangers as (select {of_key} as form from given where key not in (select key from {keys})), "
        f"known as (select distinct {of_key} as form from {keys}) "
        "select (select count(*) from given), (select count(*) from strangers where form not in (from known))"
    )
    if strange >= ENOUGH and strange > STRANGE * given:
        share = percent(strange, given)
        warning = (
            f'column "{column}": {share} of the values have a form that no {reference.key} of {reference.other} has: '
            "other letters, signs or another length. Do they have a prefix, or are they of another scheme?"
        )
        yield Line(reference.table, f"{column} of another form than in {reference.other}", share, warning=warning)


def _line(reference: Reference, meeting: Meeting, which: str, problem: InputError | None) -> Line:
    what = f"{reference.column} that is in {reference.other}{which}"
    found = percent(meeting.meets, meeting.given) + (f" ({meeting.file})" if which else "")
    return Line(reference.table, what, found, f"at least {100 * reference.least:.0f} %", problem)


def _problem(reference: Reference, meeting: Meeting) -> InputError | None:
    """The fault of identifiers that do not meet. The most certain cause comes first."""
    where = f'{reference.other}, column "{reference.key}"'
    place = meeting.file or reference.table
    rounded = max(meeting.rounded, 0)
    if meeting.given < ENOUGH and meeting.meets:
        return None
    if meeting.long >= ENOUGH and rounded > ROUNDED * meeting.long:
        share = percent(rounded, meeting.long)
        problem = f"{share} of its numbers of {LONG} digits and more end in 000: they were rounded"
        return fault(
            place, problem, "Export the column as text from its source. The digits are lost.", reference.column
        )
    missed, nearly = meeting.given - meeting.meets, meeting.nearly - meeting.meets
    if nearly >= max(LOOSE * meeting.given, 1) and nearly > LOOSE * missed:
        problem = (
            f"{percent(missed, meeting.given)} of its values are not in {where}. {percent(nearly, missed)} of these "
            "would be there with other leading zeros, in the other case or without signs such as hyphens"
        )
        remedy = f"{SAME} In one of them leading zeros were lost, or signs were added."
        return fault(place, problem, remedy, reference.column)
    if meeting.share < reference.least and (not meeting.file or meeting.given >= ENOUGH_OF_A_FILE):
        share = "none" if not meeting.meets else f"only {percent(meeting.meets, meeting.given)}"
        remedy = f"{SAME} Check whether a file is missing, and one of them for lost zeros, a prefix or another scheme."
        return fault(place, f"{share} of its values is in {where}", remedy, reference.column)
    return None


def _whole(meetings: list[Meeting]) -> Meeting:
    names = ("given", "meets", "nearly", "long", "rounded")
    return Meeting("", **{name: sum(getattr(meeting, name) for meeting in meetings) for name in names})


def _meetings(tables: Tables, reference: Reference, at: int) -> list[Meeting]:
    """The identifiers of each delivered file that has any, from the sample."""
    column, keys = reference.column, f"keys_{reference.other}"
    if not any(earlier.other == reference.other for earlier in REFERENCES[:at]):
        tables.connection.execute(
            f"create temp table {keys} as select distinct {reference.key} as key, {loose(reference.key)} as loose "
            f"from {reference.other} where {tables.sampled(reference.key, reference.other)}"
        )
    given = tables.with_part(
        reference.table, column, f"{column} is not null and {tables.sampled(column, reference.other)}"
    )
    found = tables.rows(
        f"with given as ({given}), counted as (select part, {column} as key, count(*) as n from given group by 1, 2) "
        "select part, sum(n), sum(n) filter (key in (select key from {keys})), "
        f"sum(n) filter ({loose('key')} in (select loose from {keys})), "
        f"sum(n) filter (regexp_full_match(key, '[A-Z]*[0-9]{{{LONG},}}')), "
        f"sum(n) filter (regexp_full_match(key, '[A-Z]*[0-9]{{{LONG - 3},}}000')) "
        "from counted group by 1 order by 1".replace("{keys}", keys)
    )
    names = [name for name, _ in tables.files[reference.table]]
    return [Meeting(names[part], *(int(count or 0) for count in counts)) for part, *counts in found]
