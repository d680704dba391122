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
        "many_estimators.csv",
        "Ten estimators of one effect",
        "choice of controls and method",
        ("controls", "method"),
        columns(
            ("controls", TEXT, "With controls of the base year: no or yes"),
            ("method", TEXT, "Method, as `estimators.compare` names it"),
            *ESTIMATE,
            ("n_obs", WHOLE, "Rows in the regression", "rows"),
            ("target", TEXT, "What the estimate averages over"),
        "parallel_trends.csv",
        "If trends were not parallel",
        "part, design, setting and quantity",
        ("part", "design", "setting", "quantity"),
        columns(
            ("part", TEXT, "estimate, pretest, relative, smoothness, dates or anticipation"),
            ("design", TEXT, "Event study, or the two-way regression"),
            ("setting", TEXT, "Power, multiple, bend, or which years; empty if there is none"),
            ("quantity", TEXT, "What the number is"),
            ("value", NUMBER, "The number", "", True),
        "counts.csv",
        "Counts: the effect as a factor",
        "panel and model",
        ("panel", "model"),
        columns(
            ("panel", TEXT, "The panel of counts"),
            ("model", TEXT, "Model"),
            ("effect", NUMBER, "Effect per treated pair and year, in counts", "", True),
            ("log_factor", NUMBER, "Logarithm of the factor by which a park changes the mean", "", True),
            ("std_error", NUMBER, "Standard error of the log factor", "", True),
            *ESTIMATE[2:],
            ("pairs", WHOLE, "Treated pairs that are used", "pairs", True),
            ("empty", WHOLE, "Of these, pairs without a count before their park", "pairs", True),
        ),
    ),
    File(
        "counts_unit.csv",
        "Counts: the unit of ln(1 + k y)",
        "panel and unit",
        ("panel", "k"),
        columns(
            ("panel", TEXT, "The panel of counts"),
            ("k", NUMBER, "What counts are multiplied by before one is added"),
            ("estimate", NUMBER, "Estimate on ln(1 + k y)"),
            ("derivative", NUMBER, "Its derivative in ln k: the estimate on k y / (1 + k y)"),
            ("margin", NUMBER, "Estimate on whether there is any count"),
        ),
    ),
    File(
        "counts_simulated.csv",
        "Counts: estimators where the truth is known",
        "design and estimator",
        ("design", "estimator"),
        columns(
            ("design", TEXT, "How the counts are drawn"),
            ("estimator", TEXT, "Estimator"),
            ("truth", NUMBER, "True log factor"),
            ("mean", NUMBER, "Mean of the estimates over draws"),
            ("spread", NUMBER, "Their standard deviation"),
            ("coverage", NUMBER, "Share of 95 % intervals that hold the truth", "", True),
            ("zeros", NUMBER, "Share of counts that are zero"),
        ),
    ),
    File(
        "counts_land.csv",
        "Counts: land in hectares",
        "set of counties, comparison and change",
        ("counties", "comparison", "change"),
        columns(
            ("counties", TEXT, "Counties with a park that are used"),
            ("comparison", TEXT, "What is compared with what"),
            ("change", TEXT, "Change of policy: sharing ended, restored, or both"),
            ("estimate", NUMBER, "Log factor", "", True),
            ESTIMATE[1],
            P_VALUE,
            *ESTIMATE[2:],
            ("by_hand", NUMBER, "The log factor from four sums; missing where the model has no such form", "", True),
            ("with_park", WHOLE, "Counties with a park", "counties", True),
            ("without_park", WHOLE, "Counties they are compared with", "counties", True),
        "diversion.csv",
        "Spillovers between pairs that share a city",
        "model and term",
        ("model", "term"),
        columns(
            ("model", TEXT, "Which rows, which regressors"),
            ("term", TEXT, "Regressor"),
            *ESTIMATE[:2],
            P_VALUE,
            *ESTIMATE[2:],
            ROWS,
            ("clusters", WHOLE, "Pairs, or cities in a model of totals", "clusters"),
            ("p_exchanges", NUMBER, "Share of exchanges of cities with a t as far from zero", "", True),
        "inference.csv",
        "Inference with few treated pairs",
        "estimate and test",
        ("table", "column", "row", "method"),
        columns(
            *CELL[:3],
            ("method", TEXT, "What is taken as independent, or how the distribution was made"),
            ("estimate", NUMBER, "Estimate"),
            ("clusters", NUMBER, "Clusters, or rows", "", True),
            ("std_error", NUMBER, "Its standard error; missing where none is compared with t", "", True),
            ("df", NUMBER, "Degrees of freedom of t; missing for normal quantiles", "", True),
            P_VALUE,
            ("stars", TEXT, "Stars at 10, 5 and 1 %", "", True),
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
