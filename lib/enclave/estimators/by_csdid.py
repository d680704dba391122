"""Averages of group-time effects for `compare`: Callaway and Sant'Anna, and de Chaisemartin and D'Haultfœuille.

For a treatment that never ends, and without controls, the effects DID_l of de Chaisemartin and D'Haultfœuille (2024)
are the averages of ATT(g, g + l - 1) against units not yet treated, with the period before the treatment as base also
for the periods before it. They are computed so, because diff-diff, which has the method, computes the error of their
average as if the effects of different event times were independent. The errors are those of group-time effects. Those
of the reference count the mean of each cohort as fixed, and are smaller.
"""

import pandas as pd

from enclave.estimators import csdid
from enclave.estimators.one_design import Design

COLUMNS = ["event_time", "estimate", "std_error"]


def never(design: Design) -> tuple[float, float, int]:
    """Mean of ATT(g, t) over treated rows, against never-treated units."""
    return _simple(design, "never_treated")


def not_yet(design: Design) -> tuple[float, float, int]:
    """Mean of ATT(g, t) over treated rows, against units not yet treated."""
    return _simple(design, "not_yet_treated")


def never_path(design: Design, base: str) -> pd.DataFrame:
    """By event time, against never-treated units."""
    return _path(design, "never_treated", base)


def not_yet_path(design: Design, base: str) -> pd.DataFrame:
    """By event time, against units not yet treated."""
    return _path(design, "not_yet_treated", base)


def dcdh_path(design: Design) -> pd.DataFrame:
    """By event time: effects, and differences of the same length before the treatment."""
    return _path(design, "not_yet_treated", "universal")


def _simple(design: Design, control_group: str) -> tuple[float, float, int]:
    made = csdid.aggregate(**_given(design), control_group=control_group).loc["simple"]
    return made["estimate"] / design.size, made["std_error"] / design.size, len(design.rows)


def _path(design: Design, control_group: str, base: str) -> pd.DataFrame:
    made = csdid.event_time(**_given(design), control_group=control_group, base_period=base)[COLUMNS]
    made[["estimate", "std_error"]] /= design.size
    return made if base == "varying" else made[made["event_time"] != design.base]


def _given(design: Design) -> dict:
    return {**design.given, "anticipation": design.anticipation}
