"""The laboratory: bias, spread, coverage, size and power of estimators where the truth is known. No panel is used.

One row per cell of dials, estimator and error, from the committed study (`data/lab_study`, made by `make lab-study`).
`exact_bias` is the bias without chance: an estimate is a sum of weights times outcomes, so its mean is the sum of
weights times means.
"""

from dataclasses import asdict

import pandas as pd

from enclave.base.arguments import takes_tables
from enclave.base.errors import EnclaveError
from enclave.laboratory import process, study, weights
from enclave.laboratory.process import Dials
from enclave.panels import Panels

ESTIMATORS = {
    "twfe": "Two-way fixed effects",
    "never": "Callaway–Sant'Anna, never treated",
    "not_yet": "Callaway–Sant'Anna, not yet treated",
    "imputation": "Imputation",
    "stacked": "Stacked",
}
ERRORS = {
    "CR1": "clustered (CR1)",
    "CR2": "CR2",
    "influence": "influence values",
    "imputation": "conservative",
    "placebo": "Conley–Taber",
    "permutation": "permuted t",
}
# the first error of each estimator: its bias and spread are the same with any other
FIRST = ("CR1", "influence", "imputation")


@takes_tables
def make(panels: Panels) -> pd.DataFrame:
    """The study: cell (its number), the dials, estimator, error, `study.MEASURES`, draws and exact_bias."""
    made = study.results()
    made.insert(0, "cell", made.groupby(study.DIALS, sort=False, dropna=False).ngroup() + 1)
    exact = {cell: exact_bias(dials_of(rows)) for cell, rows in made.groupby("cell")}
    made["exact_bias"] = [exact[row.cell][row.estimator] for row in made.itertuples()]
    made.attrs["source"] = panels.source
    return made


def dials_of(rows: pd.DataFrame) -> Dials:
    """The dials of the rows of one cell."""
    [given] = rows[study.DIALS].drop_duplicates().to_dict("records")
    return Dials(**given | {"dispersion": None if pd.isna(given["dispersion"]) else given["dispersion"]})


def exact_bias(dials: Dials) -> pd.Series:
    """Mean of each estimator less the truth, without draws: weights times means.

    >>> exact_bias(Dials(drift=0.0)).abs().max() < 1e-12
    True
    """
    found = weights.estimates(process.means(dials)[None], dials.treated)
    return pd.Series({name: float(one[0]) for name, one in found.items()}) - process.truth(dials)


@takes_tables
def cell(made: pd.DataFrame, dials: Dials) -> pd.DataFrame:
    """The rows of a cell. Raises EnclaveError for dials that the study does not have, with what else to call."""
    wanted = pd.Series(asdict(dials)).drop("dispersion")
    same = (made[list(wanted.index)] == wanted.astype(float)).all(axis=1)
    own = made["dispersion"].isna() if dials.dispersion is None else made["dispersion"] == dials.dispersion
    rows = made[same & own]
    if rows.empty:
        raise EnclaveError(f"The study has no cell {dials.name}. Draw it: `study.run(dials)`.")
    return rows


@takes_tables
def named(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with estimators and errors in words."""
    return rows.assign(estimator=rows["estimator"].map(ESTIMATORS), error=rows["error"].map(ERRORS))


@takes_tables
def once(rows: pd.DataFrame) -> pd.DataFrame:
    """One row for each cell and estimator, for what does not depend on the error."""
    return rows[rows["error"].isin(FIRST)]
