"""A second program for the cleaning of sections 4.1, 4.5 and 5.1, with pandas and regular expressions.

It shares no code with the package: facts are read from their files, and each record is treated as the paper says.
Used by the tests and as the yardstick of `make bench`.
"""

import re
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

FACTS = Path(__file__).resolve().parents[2] / "data" / "facts"
YEARS, LAND_YEARS = range(2000, 2019), range(2011, 2021)
ONLY_PROVINCE = {"广东省", "广东", "440000", "44"}
TO_NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
WHITE = re.compile("[\u3000\u00a0\u2002\u2003\u2009\ufeff\t\r\n ]")
BRANCH = "(?:分公司|分店|分行|支行|支公司|营业部|办事处)"


def facts(name):
    """A table of `data/facts`, all of it text."""
    return pd.read_csv(FACTS / f"{name}.csv", dtype=str, keep_default_na=False)


def one_of(names):
    """A regular expression for any of the names; where two fit, the longer is taken."""
    return "|".join(sorted(set(names), key=lambda name: (-len(name), name)))


def places():
    """City and kind of each name: full, short or bare, in this order. Names that fit two cities are left out."""
    found = []
    for row in facts("cities").itertuples():
        found += [(row.name_zh, row.code, "full"), (row.name_zh.removesuffix("市"), row.code, "short")]
    for row in facts("counties").itertuples():
        found.append((row.name_zh, row.city, "full"))
        if row.kind == "county-level city":
            found.append((row.name_zh.removesuffix("市"), row.city, "short"))
        if row.kind == "county":
            found.append((re.sub("(壮族瑶族|瑶族)自治$", "", row.name_zh.removesuffix("县")), row.city, "bare"))
    cities = {}
    for name, city, _ in found:
        cities.setdefault(name, set()).add(city)
    kinds = {}
    for name, city, kind in sorted(found, key=lambda place: ["full", "short", "bare"].index(place[2])):
        if len(cities[name]) == 1 and not (kind == "bare" and len(name) < 2):
            kinds.setdefault(name, (city, kind))
    return kinds


class Reader:
    """City of a text: of a column, or of a name."""

    def __init__(self) -> None:
        """Compile the expressions once: there are hundreds of names in each."""
        known = places()
        abroad = list(facts("elsewhere")["name"])
        plain = one_of([*(name for name, (_, kind) in known.items() if kind != "bare"), *abroad])
        full = one_of(name for name, (_, kind) in known.items() if kind == "full")
        every = one_of([*known, *abroad])
        self.city = {name: city for name, (city, _) in known.items()}
        self.city |= {row.code: row.city for row in facts("counties").itertuples()}
        self.city |= {code: code for code in facts("cities")["code"]}
        self.cities = {row.name_zh: row.code for row in facts("cities").itertuples()}
        self.cities |= {name.removesuffix("市"): code for name, code in self.cities.items()}
        self.cities |= {code: code for code in self.cities.values()}
        self.column = re.compile(f"(?:广东省|广东)?({every}|[0-9]{{6}})")
        self.forms = [
            re.compile(f"公司({plain}).*{BRANCH}$"),
            re.compile(rf"\((?:广东省|广东)?({plain})\)"),
            re.compile(f"^(?:广东省|广东)({every})"),
            re.compile(f"^(?:中国)?(?:广东省|广东)?({plain})"),
            re.compile(f"({full})"),
        ]

    def in_name(self, text):
        """City of a company name, or None."""
        text = normal(text).replace("门市部", "")
        for form in self.forms:
            found = form.search(text)
            if found:
                return self.city.get(found[1])
        return None

    def city_itself(self, column):
        """The city that the text names or gives by its code; None for a county."""
        written = normal(column).removeprefix("中国").removeprefix("广东").removeprefix("省")
        return self.cities.get(written)

    def seat(self, column, name):
        """City of the column; if there is no place in it, that of the name."""
        written = normal(column)
        found = None if written in ONLY_PROVINCE else self.column.match(written)
        return self.city.get(found[1]) if found else self.in_name(name)


def normal(text):
    """The text without white space, in letters of normal width."""
    return WHITE.sub("", text.translate(TO_NARROW)) if isinstance(text, str) else ""


def other_provinces():
    """Names and codes of the provinces that are not Guangdong."""
    rows = [row for row in facts("provinces").itertuples() if row.code != "440000"]
    return {text for row in rows for text in (row.name_zh, row.short_zh, row.code, row.code[:2])}


def located(table, reader):
    """Records of Guangdong or of no known province, with their city. Duplicates and rows without a city go."""
    table = table.drop_duplicates()
    table = table[~table["province"].map(normal).isin(other_provinces())]
    city = [reader.seat(column, name) for column, name in zip(table["city"], table["name"], strict=True)]
    table = table.assign(seat=city)
    return table[table["seat"].notna()]


def investors(identifiers, names, master, seats, reader):
    """City of each investor: of its own record in the master, else of its name."""
    return [
        seats.get(identifier) if identifier in master else reader.in_name(name)
        for identifier, name in zip(identifiers, names, strict=True)
    ]


def clean(folder, cohorts):
    """All panels that cleaning makes from the validated tables in `folder`: name -> frame.

    `cohorts` has helper, recipient and cohort of each pair, which cleaning does not decide.
    """
    return clean_tables({path.stem: pd.read_parquet(path) for path in Path(folder).glob("*.parquet")}, cohorts)


def clean_tables(raw, cohorts):
    """As `clean`, from the tables themselves: name -> frame with the columns and types of the codebook."""
    reader = Reader()
    firms = located(raw["firms"], reader)
    master, seats = set(raw["firms"]["firm_id"]), dict(zip(firms["firm_id"], firms["seat"], strict=True))
    stakes = links(raw, firms, master, seats, reader)
    offices = branches(raw["branches"], firms, master, seats, reader)
    roles = facts("cities").set_index("code")["role"]
    made = stakes[stakes["section"] == "C"]
    return {
        "manufacturing": pairs(made, roles, cohorts),
        "all_industry": pairs(stakes, roles, cohorts),
        "branches": pairs(offices, roles, cohorts),
        "network": network(made, roles),
        "land": land(raw["land"], roles),
        "yearbook": yearbook(raw["yearbook"], roles, reader),
    }


def links(raw, firms, master, seats, reader):
    """Stakes of companies, with investor, investee, section and a year of 2000 to 2018."""
    sections = {(row.standard, row.division): row.section for row in facts("industries").itertuples()}
    sections |= {(row.standard, row.section): row.section for row in facts("industry_sections").itertuples()}
    coded = {
        row.industry_id: sections.get((str(row.standard), division_or_letter(normal(row.code))))
        for row in raw["industries"].itertuples()
    }
    firms = firms.assign(section=firms["industry_id"].map(coded))
    stakes = raw["shareholders"].drop_duplicates()
    stakes = stakes.merge(firms[["firm_id", "seat", "section", "established"]], on="firm_id")
    stakes = stakes[stakes["shareholder_type"] != "自然人"].rename(columns={"seat": "investee"})
    found = investors(stakes["shareholder_id"], stakes["shareholder_name"], master, seats, reader)
    stakes = stakes.assign(investor=found, year=stakes["invested_on"].fillna(stakes["established"]).dt.year)
    return stakes[stakes["investor"].notna() & stakes["year"].isin(YEARS)]


def division_or_letter(code):
    """13 of C1310 and of 13; C of C."""
    digits = code[1:] if code[:1].isalpha() else code
    return digits[:2] if digits[:2].isdecimal() else code


def county_of(code, number):
    """The county code of a plot: that of the column, but the number's if the column names no county of that city."""
    if pd.isna(code) or (code[4:] in ("00", "01") and code[:4] == number[:4]):
        return number[:6]
    return code


def branches(table, firms, master, seats, reader):
    """Branches with the city of the parent (investor), their own (investee) and a year of 2000 to 2018."""
    table = located(table, reader)
    keys = firms["name"].map(normal)
    alone = ~keys.duplicated(keep=False)
    bearer = dict(zip(keys[alone], firms.loc[alone, "firm_id"], strict=True))
    named = table["parent_name"].map(normal).map(bearer)
    parent = table["parent_id"].where(table["parent_id"].notna(), named)
    found = investors(parent, table["parent_name"], master, seats, reader)
    table = table.assign(investor=found, investee=table["seat"], year=table["established"].dt.year)
    return table[table["investor"].notna() & table["year"].isin(YEARS)]


def balanced(counts, **levels):
    """The counts with a row for each combination of the levels, 0 where there was none."""
    every = pd.DataFrame(product(*levels.values()), columns=list(levels)).astype({"year": "int64"})
    return every.merge(counts, on=list(levels), how="left").fillna({counts.columns[-1]: 0})


def pairs(found, roles, cohorts):
    """Links by pair of helper and recipient and year, for pairs that are linked at least once."""
    found = found[(found["investor"].map(roles) == "helper") & (found["investee"].map(roles) == "recipient")]
    found = found.rename(columns={"investor": "helper", "investee": "recipient"}).astype({"year": "int64"})
    counts = found.groupby(["helper", "recipient", "year"]).size().rename("count").reset_index()
    ends = {role: sorted(roles.index[roles == role]) for role in ("helper", "recipient")}
    panel = balanced(counts, **ends, year=YEARS).astype({"count": "int64"})
    linked = panel.groupby(["helper", "recipient"])["count"].transform("sum") > 0
    return panel[linked].merge(cohorts[["helper", "recipient", "cohort"]], on=["helper", "recipient"])


def network(found, roles):
    """Links by directed pair of two cities and year."""
    found = found[found["investor"] != found["investee"]].astype({"year": "int64"})
    counts = found.groupby(["investor", "investee", "year"]).size().rename("count").reset_index()
    cities = sorted(roles.index)
    panel = balanced(counts, investor=cities, investee=cities, year=YEARS).astype({"count": "int64"})
    return panel[panel["investor"] != panel["investee"]].reset_index(drop=True)


def land(plots, roles):
    """Hectares of industrial land by county, park or not, and year, for counties with a park."""
    plots = plots.drop_duplicates()
    code = [county_of(*row) for row in plots[["county_code", "supervision_number"]].itertuples(index=False)]
    plots = plots.assign(
        county=pd.Series(code, plots.index, dtype="str"), year=plots["signed_on"].dt.year.astype("int64")
    )
    recipients = {code[:4] for code in roles.index[roles == "recipient"]}
    plots = plots[plots["county"].str[:4].isin(recipients) & plots["year"].isin(LAND_YEARS)]
    uses = facts("land_uses").query("class_zh == '工矿仓储用地'")
    plots = plots[(plots["area_ha"] >= 0.01) & plots["land_use"].map(normal).isin({*uses["name_zh"], *uses["code"]})]
    plots = plots[~plots["supply_mode"].isin(["划拨", "划拨土地"])]
    counties = facts("counties").drop_duplicates("code").set_index("code")["successor"]
    current = counties.where(counties != "", counties.index.to_series())
    plots = plots.assign(county=plots["county"].map(current)).dropna(subset="county")
    plots["park"] = plots["location"].map(normal).str.contains("产业转移工业园").astype("int64")
    plots = plots[plots["county"].isin(plots.loc[plots["park"] == 1, "county"])]
    millionths = (plots["area_ha"] * 1e6).round().astype("int64")
    sums = millionths.groupby([plots["county"], plots["park"], plots["year"]]).sum().rename("area_ha").reset_index()
    sums["area_ha"] = sums["area_ha"] / 1e6
    panel = balanced(sums, county=sorted(sums["county"].unique()), park=[0, 1], year=LAND_YEARS)
    return panel.assign(log_area=np.log1p(panel["area_ha"]))


def yearbook(table, roles, reader):
    """Five yearbook figures by recipient and year."""
    recipient = [reader.city_itself(city) for city in table["city"]]
    table = table.assign(recipient=recipient)
    table = table[(table["recipient"].map(roles) == "recipient") & table["year"].isin(YEARS)]
    people = table["population_10k"]
    panel = pd.DataFrame(
        {
            "recipient": table["recipient"],
            "year": table["year"],
            "revenue_per_capita": table["revenue_10k_yuan"] / people,
            "expenditure_per_capita": table["expenditure_10k_yuan"] / people,
            "phones_per_resident": table["phones_10k"] / people,
            "hospital_beds_per_10k": table["hospital_beds"] / people,
            "freight_10k_tonnes": table["freight_10k_tonnes"],
        }
    )
    return panel.sort_values(["recipient", "year"], ignore_index=True)
