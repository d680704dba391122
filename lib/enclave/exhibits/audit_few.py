"""The printed stars at the degrees of freedom that few treated pairs leave (`enclave.exhibits.audit`).

Degrees of freedom of CR2 (`few_clusters.errors`) depend on which pairs are treated, since when, and at which distances,
and on no outcome. So print, facts and a list of treated pairs give them. Control variables are left out.
"""

import numpy as np
import pandas as pd
from scipy import stats as laws

from enclave import facts
from enclave.audit import regressions
from enclave.audit.verdicts import IMPOSSIBLE, ONLY_IF
from enclave.base.arguments import takes_tables
from enclave.base.terms import PAIR, YEARS
from enclave.estimators import distance, few_clusters
from enclave.exhibits.audit_tables import INTERACTION, Print, df_of

OUTCOME = "outcome"
# counts of degrees of freedom: pairs less one, treated pairs less one, Satterthwaite's rule
COUNTS = {"all": "all pairs", "treated": "treated pairs", "cr2": "CR2"}


def degrees_of_freedom(treated: pd.DataFrame | None = None, pairs: int = 88) -> pd.Series:
    """CR2 degrees of freedom of the terms of Tables 2 and 4 by (interaction, term); interaction "" is Table 2.

    Parameters
    ----------
    treated : helper, recipient (codes), cohort (first treated year); default `facts.treated`
    pairs : number of pairs; which ones are untreated does not matter

    Raises
    ------
    EnclaveError as `few_clusters.errors`, such as for too few treated pairs.
    """
    panel, km = panel_of(facts.treated() if treated is None else treated, pairs), facts.distances()
    found = {("", "treat"): _df(few_clusters.errors(panel, OUTCOME), "treat")}
    for measure in distance.MEASURES:
        rows = few_clusters.errors(panel, OUTCOME, interaction=distance.km(km, measure))
        found |= {(measure, term): _df(rows, term) for term in rows["term"].unique()}
    return pd.Series(found)


def panel_of(treated: pd.DataFrame, pairs: int) -> pd.DataFrame:
    """A balanced panel of the design: helper, recipient, year, cohort, and an outcome that means nothing."""
    every = facts.distances()[PAIR].merge(treated[[*PAIR, "cohort"]], on=PAIR, how="left")
    kept = every.sort_values("cohort", kind="stable").head(pairs).astype({"cohort": "Int64"})
    rows = kept.merge(pd.DataFrame({"year": list(YEARS)}), how="cross").sort_values([*PAIR, "year"], ignore_index=True)
    # degrees of freedom do not depend on the outcome, but the estimator needs one that is not constant
    return rows.assign(**{OUTCOME: np.random.default_rng(1).normal(size=len(rows))})


def _df(rows: pd.DataFrame, term: str) -> float:
    return float(rows.query("method == 'CR2' and term == @term")["df"].item())


@takes_tables
def stars(published: pd.DataFrame | None = None, treated: pd.DataFrame | None = None) -> pd.DataFrame:
    """Each estimate of Tables 2 and 4: which stars its printed t allows at three degrees of freedom.

    Returns
    -------
    table, column, row, printed (estimate), stars, t_low, t_high; then for `all` (pairs less one), `treated` (treated
    pairs less one) and `cr2`: df_*, p_low_*, p_high_* and kept_* (whether print allows the printed stars there).
    """
    numbers = Print(facts.published() if published is None else published)
    listed = facts.treated() if treated is None else treated
    df = degrees_of_freedom(listed)
    rows = [
        _row(numbers, cell, df, len(listed) - 1) for cell in numbers.cells if cell[3] == "estimate" and cell[0] in "24"
    ]
    return pd.DataFrame(rows)


def _row(numbers: Print, cell: tuple, df: pd.Series, fewer: int) -> dict:
    estimate, error = numbers.of(*cell), numbers.of(*cell[:3], "std_error")
    low, high = regressions.t_values(estimate, error)
    row = dict(zip(("table", "column", "row"), cell[:3], strict=True))
    row |= {"printed": numbers.text(cell), "stars": numbers.stars(cell), "t_low": low, "t_high": high}
    measure = ""
    if cell[0] == "4":
        names = [one[2] for one in numbers.cells if one[:2] == cell[:2] and one[2].startswith(INTERACTION)]
        measure = names[0].removeprefix(INTERACTION)
    of_cr2 = df["", "treat"] if not measure else df[measure, cell[2]]
    for name, value in {"all": df_of(numbers, cell), "treated": fewer, "cr2": of_cr2}.items():
        smallest, largest = regressions.p_values(estimate, error, value)
        verdict = regressions.star_verdict(estimate, error, row["stars"], value)
        row |= {f"df_{name}": value, f"p_low_{name}": smallest, f"p_high_{name}": largest}
        row[f"kept_{name}"] = verdict.word != IMPOSSIBLE
    return row


@takes_tables
def shown(few: pd.DataFrame) -> pd.DataFrame:
    """`stars` for readers: the keys, printed with stars, and for each count its degrees of freedom and p values.

    A p value is a text: one number, or the smallest and the largest that rounding leaves.
    """
    table = few[["table", "column", "row"]].assign(printed=few["printed"] + few["stars"])
    for name, title in COUNTS.items():
        ends = few[[f"p_low_{name}", f"p_high_{name}"]].map("{:.3f}".format)
        df = few[f"df_{name}"]
        table[f"df, {title}"] = df.map(("{:.0f}" if (df % 1 == 0).all() else "{:.1f}").format)
        table[f"p, {title}"] = [low if low == high else f"{low}–{high}" for low, high in ends.to_numpy()]
    return table


@takes_tables
def t_rows(few: pd.DataFrame, published: pd.DataFrame | None = None) -> pd.DataFrame:
    """Each estimate of Tables 2 to 5 for `charts.t_intervals`: label, t_low, t_high, open, few.

    `few`, as `stars` returns it, gives the t that printed stars need with the degrees of freedom of CR2.
    """
    numbers = Print(facts.published() if published is None else published)
    needed = {
        (row.table, row.column, row.row): float(laws.t.isf(regressions.LEVELS[len(row.stars)] / 2, row.df_cr2))
        for row in few.itertuples()
        if row.stars
    }
    rows = []
    for cell in numbers.cells:
        if cell[3] == "estimate":
            pair = numbers.of(*cell), numbers.of(*cell[:3], "std_error")
            verdict = regressions.star_verdict(*pair, numbers.stars(cell), df_of(numbers, cell))
            rows.append(
                (
                    _label(cell),
                    *regressions.t_values(*pair),
                    verdict.word == ONLY_IF,
                    needed.get((cell[0], cell[1], cell[2])),
                )
            )
    return pd.DataFrame(rows, columns=["label", "t_low", "t_high", "open", "few"]).astype({"few": float})


def _label(cell: tuple) -> str:
    """Table and column; which row where a column has several."""
    row = {"3": cell[2].replace("dynamic_", "").replace("_avg", ""), "4": "per km" if cell[2] != "treat" else ""}
    return f"Table {cell[0]} ({cell[1]}) {row.get(cell[0], '')}".strip()
