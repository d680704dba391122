"""Treated pairs and the year of their first co-built park, by a named rule.

The paper treats a pair from the year in which its co-built park was set up or approved (section 3, equation 1), counts
13 treated pairs (Table 1: 247 / 19), and prints no list of them. Our lists are reconstructions from dated public
reports of parks (`data/facts/parks.csv`). Each rule reads these reports in its own way. The default rule uses a list
that was chosen among documented parks (`data/facts/treated.csv`): it has the pairs that the paper names, it had to be
near the printed numbers, and among such lists the evidence decided. The other rules use the reports only.

A park has up to four milestones: agreement, recognition by the province, demonstration status, and the first report
that it operates. A park that got a new helper counts, under its new name, as a new park of the new pair from the first
report of that name.
"""

import csv
from collections.abc import Callable
from contextlib import suppress
from io import StringIO
from pathlib import Path

import pandas as pd

from enclave import facts
from enclave.base import paths
from enclave.base.arguments import offered, takes_tables
from enclave.base.errors import EnclaveError, InputError, refuse_rows
from enclave.base.terms import PAIR, YEARS

MILESTONES = ["agreement_date", "recognition_date", "demonstration_date", "operating_by"]
FIRST_YEAR = 2008
DEFAULT_RULE = "inferred"
LIST = paths.TREATED
COLUMNS = [*PAIR, "cohort", "park"]
# of a list that somebody delivers: the editions of Excel in China save CSV in the second
ENCODINGS = ("utf-8-sig", "gb18030")
# pairs of one and the same park are an error from so many on
SEVERAL = 3
# how programs read UTF-8 by error
READ_AS = ("gb18030", "cp1252")


@takes_tables
def by_rule(rule: str = DEFAULT_RULE, parks: pd.DataFrame | None = None) -> pd.DataFrame:
    """Treated pairs under a rule of `RULES`.

    Parameters
    ----------
    rule : a key of `RULES`
    parks : rows as `facts.parks()` returns them, which is the default

    Returns
    -------
    one row per treated pair, sorted: `helper`, `recipient` (GB/T 2260 codes), `cohort` (int, year of the first
    milestone that counts), `park` (Chinese name of the park that gave it). A pair of an undated park is not treated.

    Raises
    ------
    EnclaveError if there is no such rule.

    Notes
    -----
    A reconstruction: the paper prints neither the pairs nor their years.
    """
    if rule not in RULES:
        raise EnclaveError(f"There is no rule {rule!r} for treated pairs. {offered(rule, RULES)}")
    counted = RULES[rule](milestones(facts.parks() if parks is None else parks))
    first = counted.sort_values([*PAIR, "year", "date", "park"]).drop_duplicates(PAIR)
    return first.rename(columns={"year": "cohort"})[[*PAIR, "cohort", "park"]].reset_index(drop=True)


def of_source(source: str) -> pd.DataFrame:
    """Treated pairs of a source: those of its own list (`listed`), else those of the default rule. As `by_rule`."""
    own = listed(source)
    return by_rule() if own is None else own


def listed(source: str) -> pd.DataFrame | None:
    """The source's own list of treated pairs, `treated.csv` (see `paths.treated`); None if it has none.

    The file is CSV in UTF-8 or GB18030. It has a header with helper, recipient (codes), cohort (year) and park. Columns
    as `by_rule`. Raises InputError for a list in a file of another name, for one that cannot be read, if a column is
    missing or there twice, if a pair is a duplicate or is not one of the 108, if a cohort is not a year of the
    panels, if all rows name one park, or if the name of a park was damaged by an encoding.
    """
    path = paths.treated(source)
    _refuse_other_files(path)
    if not path.exists():
        return None
    table = _cells(path)
    missing = [column for column in COLUMNS if column not in table]
    if missing:
        raise InputError(LIST, "the column is missing", f"Give the columns {', '.join(COLUMNS)}.", column=missing[0])
    twice = [column for column in COLUMNS if list(table).count(column) > 1]
    if twice:
        raise InputError(LIST, "two columns have this header", "Keep one of them.", column=twice[0])
    _check_pairs(table)
    _check_cohorts(table["cohort"])
    _check_parks(table["park"])
    return table.astype({"cohort": "int64"})[COLUMNS].sort_values(PAIR, ignore_index=True)


def _refuse_other_files(path: Path) -> None:
    """Raise InputError for a list of treated pairs that is not read because its file has another name or format."""
    names = sorted(file.name for file in path.parent.glob("*")) if path.parent.is_dir() else []
    for name in names:
        if name != LIST and name.lower().partition(".")[0] == path.stem:
            remedy = f"Save it as CSV with the name {LIST}, or move it away."
            raise InputError(name, f"is not read: the list of treated pairs is {LIST}", remedy)


def _cells(path: Path) -> pd.DataFrame:
    """The list as text, without white space around headers and cells. Empty rows are left out."""
    rows = [row for row in csv.reader(StringIO(_text(path), newline="")) if any(cell.strip() for cell in row)]
    if not rows:
        raise InputError(LIST, "is empty", f"Give the columns {', '.join(COLUMNS)}, or move the file away.")
    headers, *cells = [[cell.strip() for cell in row] for row in rows]
    if not cells:
        remedy = "Give a row for each treated pair, or move the file away: then the list of the book counts."
        raise InputError(LIST, "has a header and no row", remedy)
    other = [len(row) != len(headers) for row in cells]
    refuse_rows(other, LIST, "has another number of cells than the header", "Put commas between the cells only.")
    return pd.DataFrame(cells, columns=[header.lower() for header in headers], dtype="str")


def _text(path: Path) -> str:
    content = path.read_bytes()
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError(LIST, f"is text in none of {', '.join(ENCODINGS)}", "Save it as CSV in UTF-8.")


def _check_pairs(table: pd.DataFrame) -> None:
    """Raise InputError unless each row names one of the 108 pairs, and no two rows the same."""
    helpers, recipients = facts.city_codes("helper"), facts.city_codes("recipient")
    if table["helper"].isin(recipients).all() and table["recipient"].isin(helpers).all():
        raise InputError(LIST, "the columns helper and recipient are exchanged", "Exchange their headers.")
    for column, codes in (("helper", helpers), ("recipient", recipients)):
        no_code, unknown = ~table[column].str.fullmatch("[0-9]{6}"), ~table[column].isin(codes)
        remedy = f"Give the GB/T 2260 code of the city, not its name: {', '.join(codes)}."
        refuse_rows(no_code, LIST, "is not a six-digit code", remedy, column=column)
        problem = f"is not a {column}, so there is no such pair"
        refuse_rows(unknown, LIST, problem, f"The {column}s are {', '.join(codes)}. Correct the code.", column=column)
    duplicate = table.duplicated(PAIR)
    refuse_rows(duplicate, LIST, "the pair is a duplicate", "Keep one row for each pair.", column="recipient")


def _check_cohorts(cohorts: pd.Series) -> None:
    """Raise InputError for a cohort that is not a year of the panels."""
    is_year = cohorts.str.fullmatch("[0-9]{4}")
    refuse_rows(~is_year, LIST, "not a year", "Write it as 2008.", column="cohort")
    remedy = f"Correct the year. Leave out a pair whose first park is from after {YEARS[-1]}: the panels end there."
    problem = f"is not a year from {YEARS[0]} to {YEARS[-1]}"
    refuse_rows(~cohorts.astype("int64").isin(YEARS), LIST, problem, remedy, column="cohort")


def _check_parks(parks: pd.Series) -> None:
    """Raise InputError for names that an encoding damaged, and for a column of one text, or none, in all rows."""
    garbled = parks.map(_is_garbled).astype(bool)
    refuse_rows(garbled, LIST, "was damaged by an encoding", "Export the list again as CSV in UTF-8.", column="park")
    if len(parks) >= SEVERAL and parks.nunique() == 1:
        problem = "all rows hold one and the same text, or none"
        raise InputError(LIST, problem, "Give the park of each pair.", column="park")


def _is_garbled(name: str) -> bool:
    """Whether a name has signs for lost characters, or is UTF-8 that was read as another encoding."""
    if "?" in name or "\ufffd" in name:
        return True
    for encoding in () if name.isascii() else READ_AS:
        with suppress(UnicodeError):
            return bool(name.encode(encoding).decode("utf-8"))
    return False


def compare_rules() -> pd.DataFrame:
    """First treated year of each pair under each rule of `RULES`, one column per rule.

    Index: helper and recipient (codes), sorted. Nullable integers; missing where a rule leaves the pair untreated.
    """
    years = {rule: by_rule(rule).set_index(PAIR)["cohort"] for rule in RULES}
    return pd.DataFrame(years).astype("Int64").sort_index()


def renamed() -> pd.DataFrame:
    """Pairs of the list of the book by a park that was renamed after a new helper.

    Columns of `facts.treated`, `kept` (`old`: the pair of the name before, `new`: that of the name after) and `paired`
    (year of the first dated pairing of the two cities; missing if there is none).
    """
    own, former = facts.treated(), facts.parks().set_index("park_zh")["former_park_zh"]
    old, new = own["park_zh"].isin(former), own["park_zh"].map(former.groupby(level=0).first()).fillna("") != ""
    paired = facts.pairing().groupby(PAIR, as_index=False)["year_from"].min().rename(columns={"year_from": "paired"})
    rows = own.assign(kept=new.map({True: "new", False: "old"}))[old | new]
    return rows.merge(paired, on=PAIR, how="left")


def before_the_pairing() -> pd.DataFrame:
    """Rows of `renamed`: new pairs of a renamed park whose year is earlier than their pairing."""
    rows = renamed().query("kept == 'new'")
    return rows[(rows["cohort"] < rows["paired"]).fillna(value=False)]


@takes_tables
def milestones(parks: pd.DataFrame) -> pd.DataFrame:
    """One row per park and dated milestone: the park's columns, `milestone`, `date` (text), `year` (int)."""
    kept = ["park_zh", *PAIR, "helper_level", "recipient_level", "keeps_helper", "former_park_zh"]
    long = parks.melt(kept, MILESTONES, "milestone", "date").rename(columns={"park_zh": "park"})
    long = long[long["date"] != ""]
    return long.assign(year=facts.year_of(long["date"]).astype("int64")).reset_index(drop=True)


def inferred(dated: pd.DataFrame) -> pd.DataFrame:
    """The list of the book: documented parks; among lists near the printed numbers the evidence decided."""
    return facts.treated().rename(columns={"cohort": "year", "park_zh": "park"}).assign(date="")


@takes_tables
def city_level(dated: pd.DataFrame) -> pd.DataFrame:
    """City-with-city parks that kept a helper in their name, from 2008 on.

    The first year is 2008 because Figure 1 ends at event time 10 = 2018 - 2008. An earlier cohort would go further.
    """
    return _since_first_year(city_level_documented(dated))


def city_level_documented(dated: pd.DataFrame) -> pd.DataFrame:
    """City-with-city parks that kept a helper in their name, at their first documented date."""
    return between_cities(dated)[lambda rows: rows["keeps_helper"] == 1]


def city_level_all(dated: pd.DataFrame) -> pd.DataFrame:
    """City-with-city parks from 2008 on, also those whose name lost its helper (Zhuhai-Maoming)."""
    return _since_first_year(between_cities(dated))


def city_level_new(dated: pd.DataFrame) -> pd.DataFrame:
    """As `city_level`, without parks that another helper had before under another name."""
    return city_level(dated)[lambda rows: rows["former_park_zh"] == ""]


def any_level(dated: pd.DataFrame) -> pd.DataFrame:
    """Parks of cities, districts, counties and towns alike, at their first documented date."""
    return dated


def between_cities(dated: pd.DataFrame) -> pd.DataFrame:
    """The rows whose helper and recipient both act as cities, not as districts, counties or towns."""
    return dated[(dated["helper_level"] == "city") & (dated["recipient_level"] == "city")]


def _since_first_year(dated: pd.DataFrame) -> pd.DataFrame:
    return dated[dated["year"] >= FIRST_YEAR]


RULES: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "inferred": inferred,
    "city_level": city_level,
    "city_level_documented": city_level_documented,
    "city_level_all": city_level_all,
    "city_level_new": city_level_new,
    "any_level": any_level,
}
