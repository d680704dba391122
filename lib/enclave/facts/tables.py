"""The facts of `data/facts`, printed numbers and claims (`data/published`, `data/claims`), one loader per file.

Every code is text. Dates stay text (a year, a month or a day; empty = unknown), `year_of` takes the year. Each file and
each column has its source in the README of its folder. A loader reads its file once and
returns copies. All raise InputError, with file, column and row, if a file or a column is missing, or if a city is not
one of the 21.
"""

import csv
import json
from functools import cache
from pathlib import Path

import pandas as pd
import shapely

from enclave.base import paths
from enclave.base.arguments import refuse_unknown
from enclave.base.errors import InputError, refuse_rows, refuse_values
from enclave.base.terms import DISTANCES, PAIR
from enclave.facts import park_rows

IMPLEMENTATIONS = ("published number", "second program", "by hand")
DESIGNS = ("arithmetic", "descriptive", "conditional", "weak")
BOUNDARIES = {"city": "cities.geojson", "county": "counties.geojson"}
RESTORE = "The facts are part of the repository: restore the file with `git checkout`, or correct the row."


@cache
def _text(path: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    """A facts file as text, empty cells as empty text, reduced to `columns`."""
    if not path.exists():
        raise InputError(path.name, "there is no such file", RESTORE)
    _refuse_other_lengths(path)
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    missing = [column for column in columns if column not in table]
    if missing:
        raise InputError(path.name, "the column is missing", RESTORE, column=missing[0], more=len(missing) - 1)
    return table[list(columns)]


def _refuse_other_lengths(path: Path) -> None:
    """Raise InputError for the first row with more or fewer cells than the header."""
    with path.open(encoding="utf-8", newline="") as lines:
        cells = [len(row) for row in csv.reader(lines) if row]
    wrong = [length != cells[0] for length in cells[1:]]
    if any(wrong):
        length = cells[1 + wrong.index(True)]
        remedy = 'Put a text with a comma into quotation marks: "a, b". Leave the place of an unknown value empty.'
        refuse_rows(wrong, path.name, f"the row has {length} cells, and the header has {cells[0]}", remedy)


def _read(name: str, *columns: str, numbers: tuple[str, ...] = (), folder: Path | None = None) -> pd.DataFrame:
    table = _text((folder or paths.FACTS) / name, columns).copy()
    for column in numbers:
        parsed = pd.to_numeric(table[column].replace("", None), errors="coerce")
        _refuse(name, table, column, parsed.isna() & (table[column] != ""), "is not a number")
        table[column] = parsed
    return table


def _refuse(name: str, table: pd.DataFrame, column: str, wrong: pd.Series, problem: str) -> None:
    refuse_values(table[column], wrong, name, problem, RESTORE, column=column)


def _with_codes(name: str, table: pd.DataFrame, **names: str) -> pd.DataFrame:
    """Add GB/T 2260 codes of the cities named in English: new column = column of names."""
    codes = cities().set_index("name")["code"]
    for code, column in names.items():
        _refuse(name, table, column, ~table[column].isin(codes.index), "is not one of the 21 cities")
        table[code] = table[column].map(codes)
    return table


def year_of(dates: pd.Series) -> pd.Series:
    """Year (nullable int) of dates written as 2008, 2008-05 or 2008-05-01; missing where empty."""
    return pd.to_numeric(dates.str[:4].replace("", None)).astype("Int64")


def cities() -> pd.DataFrame:
    """The 21 cities of Guangdong: `code`, `name`, `name_zh`, `role` (helper or recipient), `source`."""
    return _read("cities.csv", "code", "name", "name_zh", "role", "source")


def city_codes(role: str | None = None) -> list[str]:
    """GB/T 2260 codes of the 21 cities, or of the helpers or recipients among them, in code order.

    Raises EnclaveError for another role.
    """
    every = cities()
    if role is not None:
        refuse_unknown("role of a city", role, sorted(set(every["role"])))
    chosen = every if role is None else every[every["role"] == role]
    return sorted(chosen["code"])


def city_numbers(role: str | None = None) -> list[int]:
    """`city_codes` as numbers, which need the least memory in a large table."""
    return [int(code) for code in city_codes(role)]


def counties() -> pd.DataFrame:
    """Districts, counties and county-level cities of Guangdong, one row per code and span of years.

    `code`, `name_zh`, `city` (code of the city it belongs to in 2020), `kind` (district, county, county-level city),
    `valid_from`, `valid_to` (nullable int; missing = before 2000, and still in 2020), `successor` (code that covers the
    area in 2020; empty if the unit still exists), `source`. A year of change belongs to both units.
    """
    columns = ["code", "name_zh", "city", "kind", "valid_from", "valid_to", "successor", "source"]
    table = _read("counties.csv", *columns, numbers=("valid_from", "valid_to"))
    _refuse("counties.csv", table, "city", ~table["city"].isin(cities()["code"]), "is not one of the 21 cities")
    return table.astype({"valid_from": "Int64", "valid_to": "Int64"})


def places() -> pd.DataFrame:
    """Every name that a register may use for a place of Guangdong, former names included.

    `name` (unique), `city` (code), `county` (code of 2020, missing for cities), `level` (city or county), `kind`: full;
    short = without 市, for cities and for what was a county-level city at some time, whose firms use the bare name;
    bare = without 县, for counties, whose bare names are often common words (和平, 新兴). A name that fits places of
    two cities is left out.
    """
    return _places().copy()


@cache
def _places() -> pd.DataFrame:
    named = pd.concat([_city_places(), _county_places()])
    fits = named.groupby("name")["city"].transform("nunique")
    unique = named[fits == 1].drop_duplicates("name").astype({"county": "str"})
    return unique.sort_values(["city", "level", "name"], ignore_index=True)


def _city_places() -> pd.DataFrame:
    full = cities()[["name_zh", "code"]].set_axis(["name", "city"], axis=1).assign(county=None, level="city")
    return _with_short_forms(full, full)


def _county_places() -> pd.DataFrame:
    table = counties().assign(level="county")
    table["county"] = table["successor"].where(table["successor"] != "", table["code"])
    full = table[["name_zh", "city", "county", "level"]].rename(columns={"name_zh": "name"})
    bare = full[table["kind"] == "county"].assign(kind="bare")
    bare["name"] = bare["name"].str.removesuffix("县").str.replace("(瑶族|壮族瑶族)自治$", "", regex=True)
    named = _with_short_forms(full, full[table["kind"] == "county-level city"])
    return pd.concat([named, bare[bare["name"].str.len() > 1]])


def _with_short_forms(full: pd.DataFrame, shortened: pd.DataFrame) -> pd.DataFrame:
    short = shortened.assign(name=shortened["name"].str.removesuffix("市"), kind="short")
    return pd.concat([full.assign(kind="full"), short])


def elsewhere() -> pd.DataFrame:
    """Provinces and prefecture-level places outside Guangdong: `name` (full or short form), `province_zh`."""
    return _read("elsewhere.csv", "name", "province_zh")


def provinces() -> pd.DataFrame:
    """The 34 provinces: `code` (six digits), `name_zh`, `short_zh`, `sign_zh` (one character), `name` (English)."""
    return _read("provinces.csv", "code", "name_zh", "short_zh", "sign_zh", "name")


def other_provinces() -> list[str]:
    """The usual spellings of the provinces other than Guangdong: names, short names, codes of two and six digits."""
    others = provinces().query("name != 'Guangdong'")
    return [*others["name_zh"], *others["short_zh"], *others["code"], *others["code"].str[:2]]


def spellings() -> pd.DataFrame:
    """Further spellings of provinces and of the 21 cities in Latin letters: `spelling`, `name_zh`, `kind`.

    `kind` is old, pinyin or ISO (the code of ISO 3166-2).
    """
    table = _read("spellings.csv", "spelling", "name_zh", "kind")
    known = {*provinces()["name_zh"], *cities()["name_zh"]}
    _refuse("spellings.csv", table, "name_zh", ~table["name_zh"].isin(known), "is not a province or one of the cities")
    return table


def industry_sections() -> pd.DataFrame:
    """Sections of GB/T 4754: `standard` (int, vintage), `section` (letter), `name_zh`."""
    return _read("industry_sections.csv", "standard", "section", "name_zh", numbers=("standard",))


def industries() -> pd.DataFrame:
    """Divisions of GB/T 4754: `standard` (int, vintage), `division` (two digits), `section` (letter), `name_zh`."""
    return _read("industries.csv", "standard", "division", "section", "name_zh", numbers=("standard",))


def land_uses() -> pd.DataFrame:
    """Classes of land use: `standard`, `code`, `name_zh`, `class_code`, `class_zh` (12 classes of GB/T 21010).

    `standard` is 2007 or 2017 (GB/T 21010), or `market`: further labels of the land market website. A class of the
    first level has its own row, with `code` = `class_code`.
    """
    return _read("land_uses.csv", "standard", "code", "name_zh", "class_code", "class_zh")


def national_levels() -> pd.DataFrame:
    """Levels of the country beside which delivered amounts are checked: `quantity`, `year`, `value`, `unit`, `source`.

    `quantity` is the column of a raw table, or `fixed_phones_10k`, the fixed telephones among `phones_10k`. Those of
    the yearbook are per resident, but for the population of a unit of the prefecture level.
    """
    table = _read("national_levels.csv", "quantity", "year", "value", "unit", "source", numbers=("year", "value"))
    return table.astype({"year": "int64"})


def parks() -> pd.DataFrame:
    """Co-built parks with their dated milestones, one row per park and helper.

    The file's columns (see its README) with `helper` and `recipient` (codes) added; `keeps_helper` is 1 or 0. Raises
    InputError with all faults of a row (see `park_rows`).
    """
    columns = [
        *("park_zh", "park_en", "helper_city", "helper_level", "helper_unit_zh", "recipient_city", "recipient_level"),
        *("recipient_unit_zh", "agreement_date", "recognition_date", "demonstration_date", "operating_by", "precision"),
        *("former_park_zh", "keeps_helper", "source_url", "source_title", "source_date", "note"),
    ]
    park_rows.refuse_faulty(_read("parks.csv", *columns), cities().set_index("name")["role"].to_dict())
    table = _read("parks.csv", *columns, numbers=("keeps_helper",))
    return _with_codes("parks.csv", table, helper="helper_city", recipient="recipient_city")


def treated() -> pd.DataFrame:
    """The treated pairs of this book, a judgement: helper, recipient (codes), `cohort` (int), `park_zh`, `basis`."""
    columns = ["helper_city", "recipient_city", "cohort", "park_zh", "basis"]
    table = _read(paths.TREATED, *columns, numbers=("cohort",)).astype({"cohort": "int64"})
    _refuse(paths.TREATED, table, "park_zh", ~table["park_zh"].isin(parks()["park_zh"]), "is not a park of parks.csv")
    return _with_codes(paths.TREATED, table, helper="helper_city", recipient="recipient_city")


def pairing() -> pd.DataFrame:
    """Official pairings of cities: `year_from` (nullable int), `helper_city`, `recipient_city`, codes, source, note."""
    columns = ["year_from", "helper_city", "recipient_city", "source_url", "note"]
    table = _read("pairing.csv", *columns, numbers=("year_from",)).astype({"year_from": "Int64"})
    return _with_codes("pairing.csv", table, helper="helper_city", recipient="recipient_city")


def policy() -> pd.DataFrame:
    """Documents of the policy: `date` (text), `document_no`, `title_zh`, `title_en`, `what_changed`, `source_url`."""
    return _read("policy.csv", "date", "document_no", "title_zh", "title_en", "what_changed", "source_url")


def distances() -> pd.DataFrame:
    """The four distances of Table 4 in km for the 108 pairs, from full-resolution boundaries (see `geography`)."""
    return _distances("distances.csv")


def distances_simplified() -> pd.DataFrame:
    """As `distances`, from the simplified boundaries that `boundaries` returns: how far simplification moves them."""
    return _distances("distances_simplified.csv")


def _distances(name: str) -> pd.DataFrame:
    table = _read(name, *PAIR, *DISTANCES, numbers=tuple(DISTANCES))
    for column in PAIR:
        _refuse(name, table, column, ~table[column].isin(cities()["code"]), "is not one of the 21 cities")
    return table


def companies() -> pd.DataFrame:
    """Real companies with their registered city: `name`, `city` (code), `registered_city_zh`, `kind`, `source`.

    `kind` is what the name contains: city, county, brackets, province_only, none or misleading.
    """
    table = _read("companies.csv", "name", "city", "registered_city_zh", "kind", "source")
    _refuse("companies.csv", table, "city", ~table["city"].isin(cities()["code"]), "is not one of the 21 cities")
    return table


def boundaries(level: str) -> pd.DataFrame:
    """Simplified boundaries of 2020s Guangdong: `code`, `name` (Chinese), `geometry` (shapely).

    `level` is city (21 rows) or county (124 rows: Dongguan and Zhongshan have no counties, so each is one row).
    Longitude and latitude in degrees, nominally EPSG:4326. The source is AMap, whose GCJ-02 coordinates are shifted by
    about 500 m. The shift is nearly the same in the whole province, so it hardly changes distances. Raises EnclaveError
    for another level.
    """
    refuse_unknown("level of boundaries", level, BOUNDARIES)
    features = json.loads((paths.FACTS / BOUNDARIES[level]).read_text(encoding="utf-8"))["features"]
    rows = [(f["properties"]["code"], f["properties"]["name"], json.dumps(f["geometry"])) for f in features]
    table = pd.DataFrame(rows, columns=["code", "name", "geometry"])
    return table.assign(geometry=shapely.from_geojson(table["geometry"].to_numpy(object)))


def published() -> pd.DataFrame:
    """The 148 printed numbers: `table`, `column`, `row`, `statistic`, `printed` (text), `decimals` (int), `stars`."""
    columns = ["table", "column", "row", "statistic", "printed", "decimals", "stars"]
    return _read("published.csv", *columns, numbers=("decimals",), folder=paths.PUBLISHED)


def other_papers() -> pd.DataFrame:
    """Printed numbers of other papers: `study`, `place`, `check`, `printed`, `first`, `second`, `n`, `source`, as text.

    `check` says how `printed` follows: percent (a share of n in per cent), deviation (with the mean `first`, of n),
    difference (`first` less `second`), error (of a difference of independent estimates with these errors).
    """
    columns = ["study", "place", "check", "printed", "first", "second", "n", "source"]
    table = _read("other_papers.csv", *columns, folder=paths.PUBLISHED)
    known = table["check"].isin(["percent", "deviation", "difference", "error"])
    _refuse("other_papers.csv", table, "check", ~known, "is no check of the audit")
    return table


def real_data() -> pd.DataFrame:
    """Printed numbers of other programs on the public panels, with the keys and columns of `published`.

    `table` is the panel, and `column` the printout (`real_data_sources`).
    """
    columns = ["table", "column", "row", "statistic", "printed", "decimals", "stars"]
    return _read("real_data.csv", *columns, numbers=("decimals",), folder=paths.PUBLISHED)


def real_data_sources() -> pd.DataFrame:
    """The printouts of `real_data`: `table`, `column`, `program`, `version`, `source`, `cause` (of differences)."""
    columns = ["table", "column", "program", "version", "source", "cause"]
    return _read("real_data_sources.csv", *columns, folder=paths.PUBLISHED)


def claims() -> pd.DataFrame:
    """The 16 claims of the paper's text: `id`, `where`, `claim`, `check`."""
    return _read("claims.csv", "id", "where", "claim", "check", folder=paths.PUBLISHED)


def standing() -> pd.DataFrame:
    """How far each claim can be trusted: `id`, `implementation`, `verified_by`, `test`, `page`, `design`, `reason`.

    Raises EnclaveError for a word of `implementation` or `design` that is not one of `IMPLEMENTATIONS`, `DESIGNS`.
    """
    columns = ["id", "implementation", "verified_by", "test", "page", "design", "reason"]
    table = _read("standing.csv", *columns, folder=paths.CLAIMS)
    for column, words in {"implementation": IMPLEMENTATIONS, "design": DESIGNS}.items():
        _refuse("standing.csv", table, column, ~table[column].isin(words), f"is not one of {', '.join(words)}")
    return table


def deviations() -> pd.DataFrame:
    """The ledger of accepted deviations: the keys of `published`, then printed, ours, cause, date and reviewer."""
    columns = ["table", "column", "row", "statistic", "printed", "ours", "cause", "date", "reviewer"]
    return _read("deviations.csv", *columns, folder=paths.PUBLISHED)
