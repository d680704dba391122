"""The results of a source, file by file: one CSV for each exhibit, the scorecard and the claims."""

from enclave.base import terms
from enclave.base.columns import NUMBER, TEXT, TRUTH, WHOLE, YEAR, File, columns

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
CELL_KEYS = tuple(terms.CELL)


def _event_study(name: str, title: str) -> File:
    time = ("event_time", WHOLE, "Years since treatment began", "years")
    return File(name, title, "event time", ("event_time",), columns(time, *ESTIMATE))


RESULTS = (
    *(
        File(
            f"table_{number}.csv",
            f"Table {number}",
            "printed cell",
            CELL_KEYS,
            columns(*CELL, VALUE, ("stars", TEXT, "Stars at 10, 5 and 1 %", "", True)),
        )
        for number in range(1, 6)
    ),
    _event_study("figure_1.csv", "Figure 1: event study"),
    File(
        "figure_2.csv",
        "Figure 2: placebo",
        "placebo draw",
        ("draw",),
        columns(("draw", WHOLE, "Number of the draw"), ("estimate", NUMBER, "Estimate under drawn treatment")),
    ),
    File(
        "figure_3.csv",
        "Figure 3: density of the network",
        "year and threshold",
        ("year", "threshold"),
        columns(
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
        columns(
            YEAR,
            ("inside", NUMBER, "Area inside co-built parks", "hectare"),
            ("outside", NUMBER, "Area outside them", "hectare"),
        ),
    ),
    _event_study("figure_5.csv", "Figure 5: land, event study"),
    File(
        "audit.csv",
        "Audit of the printed tables",
        "printed number and check",
        (*CELL_KEYS, "check"),
        columns(
            *CELL,
            ("check", TEXT, "What the number is compared with; none if nothing constrains it"),
            ("printed", TEXT, "The number as the paper prints it"),
            ("verdict", TEXT, "consistent, consistent only if, or impossible"),
            ("reason", TEXT, "The numbers behind the verdict, or the condition"),
        ),
    ),
    File(
        "real_data.csv",
        "The same code on real data",
        "printed number",
        CELL_KEYS,
        columns(
            ("table", TEXT, "Public panel"),
            ("column", TEXT, "Printout of another program (data/published/real_data_sources.csv)"),
            ("row", TEXT, "Its row"),
            ("statistic", TEXT, "Which statistic of the row"),
            ("printed", TEXT, "The number as it is printed"),
            ("decimals", WHOLE, "Printed decimals"),
            VALUE,
            ("grade", TEXT, "exact, last digit, close, differs or not checkable"),
            ("theirs", NUMBER, "Our number under the other program's convention, where it differs", "", True),
            ("grade_theirs", TEXT, "Grade of that number", "", True),
            ("program", TEXT, "The other program"),
            ("version", TEXT, "Its version"),
        ),
    ),
    File(
        "appendix_a.csv",
        "Appendix A: with and without filled zeros",
        "model",
        ("model",),
        columns(("model", TEXT, "Model and sample"), *ESTIMATE[:2], P_VALUE, *ESTIMATE[2:], ROWS),
    ),
    File(
        "appendix_b.csv",
        "Appendix B: Table 2 under other readings",
        "combination of choices",
        ("reading", "rule", "outcome", "controls"),
        columns(
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
        ("panel", "rule"),
        columns(
            ("panel", TEXT, "The panel on which it is measured"),
            ("rule", TEXT, "What should hold of the counts"),
            ("low", NUMBER, "Least value that the measure should have"),
            ("high", NUMBER, "Greatest value that it should have"),
            ("measured", NUMBER, "Its value"),
            ("holds", TRUTH, "Whether it lies between the two"),
            ("why", TEXT, "Reason for the two limits"),
        ),
    ),
    File(
        "scorecard.csv",
        "Scorecard",
        "printed number",
        CELL_KEYS,
        columns(
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
        columns(
            ("id", TEXT, "Number of the claim"),
            ("holds", TRUTH, "Whether it holds"),
            ("evidence", TEXT, "The numbers that show it"),
        ),
    ),
)
