"""What the project promises to write: the panels and the results, column by column, for all who build on them.

The codebook is generated from these descriptions, and tests hold the written files against them.
"""

from dataclasses import dataclass

TEXT, WHOLE, NUMBER = "text", "whole number", "number"


@dataclass(frozen=True)
class Column:
    """A column of a written file; `unit` is empty where there is none, `gaps` says whether values may be missing."""

    name: str
    kind: str
    what: str
    unit: str = ""
    gaps: bool = False


@dataclass(frozen=True)
class File:
    """A written file: its name in the folder of its source, what a row stands for, and its columns, keys first."""

    name: str
    title: str
    row: str
    keys: tuple[str, ...]
    columns: tuple[Column, ...]


def _columns(*columns: tuple) -> tuple[Column, ...]:
    return tuple(Column(*column) for column in columns)


YEAR = ("year", WHOLE, "Year", "year")
HELPER = ("helper", TEXT, "Helper city, GB/T 2260 code")
RECIPIENT = ("recipient", TEXT, "Recipient city, GB/T 2260 code")
COHORT = ("cohort", WHOLE, "First treated year of the pair; missing = never treated", "year", True)
PAIR_YEAR = ("helper", "recipient", "year")


def _pairs(name: str, title: str, what: str) -> File:
    counted = ("count", WHOLE, what, "links" if name != "branches" else "branches")
    return File(
        f"{name}.parquet", title, "pair and year", PAIR_YEAR, _columns(HELPER, RECIPIENT, YEAR, counted, COHORT)
    )


PANELS = (
    _pairs(
        "manufacturing",
        "Links in manufacturing",
        "Stakes of firms of the helper in manufacturing firms of the recipient",
    ),
    _pairs("all_industry", "Links in all industries", "Stakes of firms of the helper in firms of the recipient"),
    _pairs("branches", "Branches", "Branches that firms of the helper opened in the recipient"),
    File(
        "network.parquet",
        "Network of the 21 cities",
        "ordered pair of two cities and year",
        ("investor", "investee", "year"),
        _columns(
            ("investor", TEXT, "City of the shareholder, GB/T 2260 code"),
            ("investee", TEXT, "City of the firm invested in, GB/T 2260 code"),
            YEAR,
            ("count", WHOLE, "Stakes in manufacturing firms", "links"),
        ),
    ),
    File(
        "pairs.parquet",
        "Pairs",
        "each of the 108 pairs",
        ("helper", "recipient"),
        _columns(
            HELPER,
            RECIPIENT,
            COHORT,
            ("park", TEXT, "Co-built park that treats the pair; missing = never treated", "", True),
            ("dist_boundary_km", NUMBER, "Between the boundaries of the two cities", "km"),
            ("dist_centroid_km", NUMBER, "Between the centroids of the two cities", "km"),
            ("dist_prd_centroid_km", NUMBER, "From the recipient's boundary to the delta's centroid", "km"),
            ("dist_prd_boundary_km", NUMBER, "From the recipient's boundary to the delta's", "km"),
        ),
    ),
    File(
        "yearbook.parquet",
        "Controls",
        "recipient city and year",
        ("recipient", "year"),
        _columns(
            RECIPIENT,
            YEAR,
            ("revenue_per_capita", NUMBER, "General budget revenue per resident", "yuan"),
            ("expenditure_per_capita", NUMBER, "General budget expenditure per resident", "yuan"),
            ("phones_per_resident", NUMBER, "Telephone users per resident", "users", True),
            ("hospital_beds_per_10k", NUMBER, "Hospital beds per 10,000 residents", "beds", True),
            ("freight_10k_tonnes", NUMBER, "Freight carried", "10,000 tonnes", True),
        ),
    ),
    File(
        "land.parquet",
        "Industrial land granted",
        "county, inside or outside a park, and year",
        ("county", "park", "year"),
        _columns(
            ("county", TEXT, "County, GB/T 2260 code of 2020"),
            ("park", WHOLE, "1 inside a co-built park, 0 outside"),
            YEAR,
            ("area_ha", NUMBER, "Area granted for industry, mining and storage", "hectare"),
            ("log_area", NUMBER, "ln(1 + area)"),
        ),
    ),
    File(
        "alternatives.parquet",
        "Manufacturing links under other readings",
        "reading, pair and year",
        ("reading", "helper", "recipient", "year"),
        _columns(
            ("reading", TEXT, "Reading of the registers; `ours` is the manufacturing panel"),
            HELPER,
            RECIPIENT,
            YEAR,
            ("count", WHOLE, "Links under this reading", "links"),
        ),
    ),
    File(
        "flow.csv",
        "Flow of the cleaning",
        "cleaning step, in order",
        ("table", "step"),
        _columns(
            ("table", TEXT, "Table that the step works on"),
            ("step", TEXT, "Name of the step"),
            ("rows_in", WHOLE, "Rows before it", "rows"),
            ("rows_out", WHOLE, "Rows after it", "rows"),
            ("reason", TEXT, "Why rows go"),
        ),
    ),
)

CELL = (
    ("table", TEXT, "Table of the paper"),
    ("column", TEXT, "Its column, as in the published numbers"),
    ("row", TEXT, "Its row"),
    ("statistic", TEXT, "Which statistic of the row"),
)
VALUE = ("value", NUMBER, "Our number, in full precision", "", True)
ESTIMATE = (
    ("estimate", NUMBER, "Estimate"),
    ("std_error", NUMBER, "Its standard error; missing in the base period", "", True),
    ("conf_low", NUMBER, "Lower end of the 95 % interval", "", True),
    ("conf_high", NUMBER, "Upper end of the 95 % interval", "", True),
)
P_VALUE = ("p_value", NUMBER, "Two-sided p value", "", True)
ROWS = ("n", WHOLE, "Rows used", "rows")
CELL_KEYS = ("table", "column", "row", "statistic")


def _event_study(name: str, title: str) -> File:
    time = ("event_time", WHOLE, "Years since treatment began", "years")
    return File(name, title, "event time", ("event_time",), _columns(time, *ESTIMATE))


RESULTS = (
    *(
        File(
            f"table_{number}.csv",
            f"Table {number}",
            "printed cell",
            CELL_KEYS,
            _columns(*CELL, VALUE, ("stars", TEXT, "Stars at 10, 5 and 1 %", "", True)),
        )
        for number in range(1, 6)
    ),
    _event_study("figure_1.csv", "Figure 1: event study"),
    File(
        "figure_2.csv",
        "Figure 2: placebo",
        "placebo draw",
        ("draw",),
        _columns(("draw", WHOLE, "Number of the draw"), ("estimate", NUMBER, "Estimate under drawn treatment")),
    ),
    File(
        "figure_3.csv",
        "Figure 3: density of the network",
        "year and threshold",
        ("year", "threshold"),
        _columns(
            YEAR,
            ("threshold", WHOLE, "Fewest links for which two cities count as joined", "links"),
            ("density", NUMBER, "Share of the possible ties that exist"),
        ),
    ),
    File(
        "figure_4.csv",
        "Figure 4: industrial land granted",
        "year",
        ("year",),
        _columns(
            YEAR,
            ("inside", NUMBER, "Area inside co-built parks", "hectare"),
            ("outside", NUMBER, "Area outside them", "hectare"),
        ),
    ),
    _event_study("figure_5.csv", "Figure 5: land, event study"),
    File(
        "appendix_a.csv",
        "Appendix A: with and without filled zeros",
        "model",
        ("model",),
        _columns(("model", TEXT, "Model and sample"), *ESTIMATE[:2], P_VALUE, *ESTIMATE[2:], ROWS),
    ),
    File(
        "appendix_b.csv",
        "Appendix B: Table 2 under other readings",
        "combination of choices",
        ("reading", "rule", "outcome", "controls"),
        _columns(
            ("reading", TEXT, "Reading of the registers"),
            ("rule", TEXT, "Rule for treated pairs"),
            ("outcome", TEXT, "Form of the outcome"),
            ("controls", TEXT, "Whether controls are crossed with years: yes or no"),
            *ESTIMATE[:2],
            P_VALUE,
            *ESTIMATE[2:],
            ROWS,
            ("clusters", WHOLE, "Pairs", "pairs"),
            ("treated", WHOLE, "Pairs with a park at some time", "pairs"),
        ),
    ),
    File(
        "appendix_c.csv",
        "Appendix C: rules of plausibility",
        "rule",
        ("rule",),
        _columns(
            ("rule", TEXT, "What should hold of the counts"),
            ("low", NUMBER, "Least value that the measure should have"),
            ("high", NUMBER, "Greatest value that it should have"),
            ("measured", NUMBER, "Its value"),
            ("holds", TEXT, "Whether it lies between the two"),
        ),
    ),
    File(
        "scorecard.csv",
        "Scorecard",
        "printed number",
        CELL_KEYS,
        _columns(
            *CELL,
            ("printed", TEXT, "The number as the paper prints it"),
            ("decimals", WHOLE, "Printed decimals"),
            ("stars", TEXT, "Printed stars", "", True),
            VALUE,
            ("grade", TEXT, "exact, last digit, close, differs or not checkable"),
        ),
    ),
    File(
        "claims.csv",
        "Claims of the text",
        "claim",
        ("id",),
        _columns(
            ("id", TEXT, "Number of the claim"),
            ("holds", TEXT, "Whether it holds"),
            ("evidence", TEXT, "The numbers that show it"),
        ),
    ),
)
