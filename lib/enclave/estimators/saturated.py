"""Least squares with unit and period effects: one coefficient for all, or one for each cohort and event time.

    y_it = sum_g sum_e beta_ge 1(G_i = g, t - g = e) + lambda_i + eta_t + e_it

With all event times but the base this is Sun and Abraham (2021, equation 19). With those from the treatment on it is
the extended two-way fixed-effects regression of Wooldridge (2025). Estimated by pyfixest, clustered by unit.
"""

import numpy as np
import pandas as pd

from enclave.estimators import did
from enclave.estimators.one_design import Design


def twfe(design: Design) -> tuple[float, float, int]:
    """One coefficient for all treated rows; each anticipated period has a coefficient of its own."""
    since = design.rows["since"]
    anticipated = {f"lead {lead}": since == -lead for lead in range(1, design.anticipation + 1)}
    rows, _ = _fit(design, pd.DataFrame({"treat": since >= 0, **anticipated}))
    return float(rows["estimate"].iloc[0]), float(rows["std_error"].iloc[0]), len(design.rows)


def twfe_path(design: Design) -> pd.DataFrame:
    """One coefficient for each event time but the base."""
    since = design.rows["since"]
    times = sorted(int(time) for time in since.dropna().unique() if time != design.base)
    rows, _ = _fit(design, pd.DataFrame({str(time): since == time for time in times}))
    return pd.DataFrame({"event_time": times, "estimate": rows["estimate"], "std_error": rows["std_error"]})


def sun_abraham(design: Design) -> tuple[float, float, int]:
    """Mean of the coefficients by cohort over all treated rows, with all event times but the base in the regression."""
    return _overall(design, design.rows["since"] != design.base)


def sun_abraham_path(design: Design) -> pd.DataFrame:
    """Means over cohorts by event time, all event times but the base."""
    return _path(design, design.rows["since"] != design.base)


def etwfe(design: Design) -> tuple[float, float, int]:
    """Mean of the coefficients by cohort over all treated rows; periods before treatment have none."""
    return _overall(design, design.rows["since"] >= -design.anticipation)


def etwfe_path(design: Design) -> pd.DataFrame:
    """Means over cohorts by event time, from the first one with effects on."""
    return _path(design, design.rows["since"] >= -design.anticipation)


def _overall(design: Design, kept: pd.Series) -> tuple[float, float, int]:
    rows, covariance, cells = _cells(design, kept)
    value, error = _mean(rows, covariance, cells[cells["event_time"] >= 0]["mass"])
    return value, error, len(design.rows)


def _path(design: Design, kept: pd.Series) -> pd.DataFrame:
    rows, covariance, cells = _cells(design, kept)
    made = [(time, *_mean(rows, covariance, mass)) for time, mass in cells.groupby("event_time")["mass"]]
    return pd.DataFrame(made, columns=["event_time", "estimate", "std_error"])


def _cells(design: Design, kept: pd.Series) -> tuple[pd.Series, pd.DataFrame, pd.DataFrame]:
    """Coefficients by cohort and event time, their covariance, and the weight of the rows of each."""
    data = design.rows[kept & design.rows["since"].notna()]
    name = data["first"].astype(str) + " " + data["since"].astype("int64").astype(str)
    cells = data.assign(name=name).groupby("name").agg(event_time=("since", "first"), mass=("weight", "sum"))
    named = name.reindex(design.rows.index)
    rows, covariance = _fit(design, pd.DataFrame({each: named == each for each in cells.index}))
    return rows.set_index("term")["estimate"], covariance, cells.astype({"event_time": "int64"})


def _mean(estimates: pd.Series, covariance: pd.DataFrame, mass: pd.Series) -> tuple[float, float]:
    share = mass / mass.sum()
    block = covariance.loc[share.index, share.index].to_numpy()
    return float(share @ estimates[share.index]), float(np.sqrt(max(share.to_numpy() @ block @ share.to_numpy(), 0.0)))


def _fit(design: Design, terms: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    rows = design.rows
    return did.fit_with_covariance(
        rows["outcome"],
        terms.astype(float),
        rows[["unit"]],
        rows["time"],
        crossed=design.crossed,
        weights=design.weights,
    )
