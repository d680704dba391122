"""Methods that the package diff-diff estimates: imputation, two stages, stacked regression, local projections.

Each function takes a `Design`, and returns the average effect, its standard error (clustered by unit) and the number of
rows that the regression uses; or a table by event time, without the base.
"""

import warnings
from collections.abc import Generator
from contextlib import contextmanager

import diff_diff
import numpy as np
import pandas as pd

from enclave.base.errors import EnclaveError
from enclave.estimators.one_design import Design

PATH = {"event_time": "event_time", "att": "estimate", "se": "std_error"}
NAMES = {"outcome": "outcome", "unit": "unit", "time": "time"}


def imputation(design: Design) -> tuple[float, float, int]:
    """Mean over treated rows of the outcome less what unit and period effects of the untreated rows predict.

    Borusyak, Jaravel and Spiess (2024), with the conservative error of their theorem 3.
    """
    return _overall(_two_steps(diff_diff.ImputationDiD, design))


def imputation_path(design: Design) -> pd.DataFrame:
    """By event time; before the treatment, coefficients of a regression in the untreated rows (their equation 8)."""
    made = _rows(_two_steps(diff_diff.ImputationDiD, design, pretrends=True))
    return made[made["event_time"] != design.base]


def two_stage(design: Design) -> tuple[float, float, int]:
    """The same mean as `imputation`, with the error of Gardner (2022), which is that of two equations of moments."""
    return _overall(_two_steps(diff_diff.TwoStageDiD, design))


def two_stage_path(design: Design) -> pd.DataFrame:
    """By event time from the treatment on. Residuals before it have no base of their own, so they are left out."""
    return _rows(_two_steps(diff_diff.TwoStageDiD, design))


def stacked(design: Design) -> tuple[float, float, int]:
    """Mean over the event times of the window, one experiment for each cohort (Wing, Freedman, Hollingsworth 2024)."""
    fitted = _stack(design)
    return fitted.overall_att, fitted.overall_se, fitted.n_stacked_obs


def stacked_path(design: Design) -> pd.DataFrame:
    """By event time within the window."""
    return _rows(_stack(design))


def local_projections(design: Design) -> tuple[float, float, int]:
    """Change of the mean outcome since the base, over the window, against clean controls (Dube and others 2023)."""
    lead, (_, last) = design.anticipation, design.window
    options = {"post_pooled": (lead, lead + last), "only_pooled": True}
    row = pd.DataFrame(_projections(design, **options).pooled).set_index("window").loc["post"]
    return float(row["coefficient"]), float(row["se"]), int(row["n_obs"])


def local_projections_path(design: Design) -> pd.DataFrame:
    """By event time: changes since the base."""
    made = pd.DataFrame(_projections(design, only_event=True).event_study)
    made = made.rename(columns={"coefficient": "estimate", "se": "std_error"})
    made = made.assign(event_time=made["horizon"] - design.anticipation)[["event_time", "estimate", "std_error"]]
    return made[(made["event_time"] != design.base) & (made["event_time"] >= design.base - design.window[0])]


def _two_steps(method, design: Design, **options):
    """A fit of the untreated rows. Anticipated periods are neither treated nor untreated, so they are left out."""
    with quiet():
        model = method(rank_deficient_action="silent", **options)
        return model.fit(**_given(design.without_anticipation()), first_treat="first")


def _stack(design: Design):
    with quiet():
        before, after = design.window
        model = diff_diff.StackedDiD(kappa_pre=before + 1, kappa_post=after)
        given = {name: value for name, value in _given(design).items() if name != "covariates"}
        return model.fit(**given, first_treat="first")


def _projections(design: Design, **options):
    """Local projections from the first anticipated period on, so that the base is the period before it."""
    before, after = design.window
    if design.rows["since"].min() > design.base - 1:
        raise EnclaveError(
            f"Local projections need a treated unit with two periods before {design.given['cohort']!r} and the "
            "anticipated ones. Name other `methods`, without 'lpdid'."
        )
    given = _given(design)
    given["data"] = given["data"].assign(treat=(design.rows["since"] >= -design.anticipation).astype(int))
    with quiet():
        # the package wants two periods before, also where it then uses none of them
        model = diff_diff.LPDiD(
            pre_window=max(before + 1, 2), post_window=after + design.anticipation, rank_deficient_action="silent"
        )
        return model.fit(**given, treatment="treat", **options)


def _given(design: Design) -> dict:
    """The arguments that all methods of the package share."""
    data, covariates = design.rows.drop(columns="since"), None
    if design.crossed is not None:
        crossed = design.crossed.set_axis([f"control{number}" for number in range(design.crossed.shape[1])], axis=1)
        data, covariates = pd.concat([data, crossed], axis=1), list(crossed)
    weights = diff_diff.SurveyDesign(weights="weight", psu="unit") if design.weights is not None else None
    return {"data": data, "covariates": covariates, "survey_design": weights, **NAMES}


def _overall(fitted) -> tuple[float, float, int]:
    return fitted.overall_att, fitted.overall_se, int(fitted.n_obs)


def _rows(fitted) -> pd.DataFrame:
    with quiet():
        made = fitted.aggregate("event_study").to_dataframe()
    return made[~made["is_reference"]].rename(columns=PATH)[list(PATH.values())]


@contextmanager
def quiet() -> Generator[None]:
    """Silence the package: collinear columns that it drops, advice on other methods, a retired pandas argument."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield
