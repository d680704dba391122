"""One door to ten estimators of a staggered design: a panel in, a table with one row for each method out.

All methods read the same checked panel, and standard errors are clustered by unit. What an estimate averages over is in
its row; how its error is computed is on the page of methods. Estimates by pyfixest, differences and diff-diff.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd
from scipy import stats

from enclave.base.arguments import offered, refuse_no_list, refuse_unknown
from enclave.base.errors import EnclaveError
from enclave.base.terms import PAIR
from enclave.estimators import one_design
from enclave.estimators.one_design import Design
from enclave.estimators.panel_checks import keep_attrs

BASES = ("universal", "varying")
COLUMNS = ("method", "estimate", "std_error", "conf_low", "conf_high", "n_obs", "target")
PATH = ("method", "event_time", "estimate", "std_error", "conf_low", "conf_high")
# methods without effects before the treatment
WITHOUT_BEFORE = ("etwfe", "two_stage")
TINY = 1e-12
ROWS = "all treated rows, each alike"
WINDOW = "event times that all cohorts reach"


@dataclass(frozen=True)
class Method:
    """What the estimate of a method averages over, and which of the arguments in `ALL` it takes."""

    target: str
    takes: frozenset[str]


ALL = frozenset({"controls", "weights", "anticipation"})
METHODS = {
    "twfe": Method("all treated rows, by weights that can be negative", ALL),
    "cs_never": Method(ROWS, ALL),
    "cs_not_yet": Method(ROWS, ALL),
    "dcdh": Method(ROWS, frozenset({"weights"})),
    "sun_abraham": Method(ROWS, ALL),
    "etwfe": Method(ROWS, ALL),
    "imputation": Method(ROWS, ALL),
    "two_stage": Method(ROWS, ALL),
    "stacked": Method(WINDOW, frozenset({"weights"})),
    "lpdid": Method(f"{WINDOW}, cohorts by their precision", ALL),
}


def compare(
    panel: pd.DataFrame,
    outcome: str,
    *,
    methods: Sequence[str] | None = None,
    controls: pd.DataFrame | None = None,
    weights: str | None = None,
    anticipation: int = 0,
    unit: Sequence[str] | str = PAIR,
    time: str = "year",
    cohort: str = "cohort",
) -> pd.DataFrame:
    """The effect of the treatment by several methods: one row for each.

    twfe         two-way fixed effects, as `did.twfe`
    cs_never     Callaway and Sant'Anna (2021), against never-treated units, as `csdid.aggregate`
    cs_not_yet   the same, against units not yet treated
    dcdh         de Chaisemartin and D'Haultfœuille (2024)
    sun_abraham  Sun and Abraham (2021)
    etwfe        extended two-way fixed effects (Wooldridge 2025)
    imputation   Borusyak, Jaravel and Spiess (2024)
    two_stage    Gardner (2022)
    stacked      weighted stacked regression (Wing, Freedman and Hollingsworth 2024)
    lpdid        local projections (Dube, Girardi, Jordà and Taylor 2023), weighted by variance

    Parameters
    ----------
    panel, outcome, unit, time, cohort : as in `did.twfe`; the panel must be balanced, its periods must follow one
        another, and some units must be never treated
    methods : names above, in the order of the rows; None takes all that can use the other arguments
    controls : values of the base year, as in `did.twfe`. Group-time effects use a regression of the change in outcome
        on them; the other methods multiply them by dummies of periods
    weights : column of positive weights, constant within a unit; averages over treated rows use them too
    anticipation : number of periods before the first treated one in which effects may begin. The base is the period
        before them, and they are no part of the average

    Returns
    -------
    method, estimate, std_error (clustered by unit), conf_low, conf_high (95 per cent, t distribution with the number of
    units less one, for all methods), n_obs (rows in the regression; a stacked regression repeats rows), target (what
    the estimate averages over); the index is method too. `attrs` as the panel's.

    Raises
    ------
    EnclaveError as `did.twfe`; for gaps, periods that do not follow one another, a unit treated in its first period or
    in the first after the anticipated ones, no never-treated unit, or fewer than two treated units; for an unknown
    method, or one that cannot use an argument that is given; and for `lpdid` if no treated unit has two periods before.

    Examples
    --------
    Units a and b, treated in year 2, rise by 4 and 6; the never-treated units rise by 1 on average.

    >>> panel = pd.DataFrame({"unit": list("aabbccdd"), "year": [1, 2] * 4, "cohort": [2] * 4 + [None] * 4})
    >>> panel["y"] = [0, 4, 0, 6, 0, 2, 0, 0]
    >>> compare(panel, "y", methods=["twfe", "cs_never"], unit="unit")["estimate"].round(6).to_dict()
    {'twfe': 4.0, 'cs_never': 4.0}
    """
    names = _chosen(methods, controls, weights, anticipation)
    design = _design(panel, outcome, controls, weights, anticipation, unit, time, cohort)
    made = pd.DataFrame([_functions()[name][0](design) for name in names], columns=["estimate", "std_error", "n_obs"])
    made = _with_interval(made, design).assign(target=[METHODS[name].target for name in names])
    made = made.assign(method=names).set_axis(names)[list(COLUMNS)]
    return keep_attrs(made, panel)


def paths(
    panel: pd.DataFrame,
    outcome: str,
    *,
    methods: Sequence[str] | None = None,
    base: str = "universal",
    controls: pd.DataFrame | None = None,
    weights: str | None = None,
    anticipation: int = 0,
    unit: Sequence[str] | str = PAIR,
    time: str = "year",
    cohort: str = "cohort",
) -> pd.DataFrame:
    """Effects by event time and method.

    Parameters
    ----------
    panel, outcome, methods, controls, weights, anticipation, unit, time, cohort : as in `compare`
    base : what effects before the treatment are relative to. "universal": the last period without effects, for all
        methods. "varying": for Callaway and Sant'Anna the period before, as csdid and did do by default; the other
        methods have no such form and stay as they are

    Returns
    -------
    method, event_time, estimate, std_error, conf_low, conf_high, as in `compare`, sorted by event time within a method.
    A universal base is a row of zeros without an error. `etwfe` and `two_stage` have no effects before the treatment;
    `stacked` and `lpdid` have those of the window that all cohorts reach. `attrs` as the panel's.

    Raises
    ------
    EnclaveError as `compare`, or for an unknown base.
    """
    refuse_unknown("base", base, BASES)
    names = _chosen(methods, controls, weights, anticipation)
    design = _design(panel, outcome, controls, weights, anticipation, unit, time, cohort)
    made = pd.concat([_path(name, design, base) for name in names], ignore_index=True)
    return keep_attrs(_with_interval(made, design)[list(PATH)], panel)


def _functions() -> dict[str, tuple[Callable[..., tuple[float, float, int]], Callable[..., pd.DataFrame]]]:
    """The functions for the average and for the path. Imported here, since the libraries take seconds to load."""
    from enclave.estimators import by_csdid, by_diff_diff, saturated

    return {
        "twfe": (saturated.twfe, saturated.twfe_path),
        "cs_never": (by_csdid.never, by_csdid.never_path),
        "cs_not_yet": (by_csdid.not_yet, by_csdid.not_yet_path),
        "dcdh": (by_csdid.not_yet, by_csdid.dcdh_path),
        "sun_abraham": (saturated.sun_abraham, saturated.sun_abraham_path),
        "etwfe": (saturated.etwfe, saturated.etwfe_path),
        "imputation": (by_diff_diff.imputation, by_diff_diff.imputation_path),
        "two_stage": (by_diff_diff.two_stage, by_diff_diff.two_stage_path),
        "stacked": (by_diff_diff.stacked, by_diff_diff.stacked_path),
        "lpdid": (by_diff_diff.local_projections, by_diff_diff.local_projections_path),
    }


def _chosen(methods, controls, weights, anticipation) -> list[str]:
    """The names of the methods. Raises EnclaveError for an unknown one, or one that cannot use what is given."""
    given = {"controls": controls is not None, "weights": weights is not None, "anticipation": bool(anticipation)}
    wanted = {name for name, is_given in given.items() if is_given}
    if methods is None:
        return [name for name, method in METHODS.items() if wanted <= method.takes]
    refuse_no_list("methods", methods)
    if not list(methods):
        raise EnclaveError(f"`methods` is empty. {offered('', METHODS)}")
    for name in methods:
        refuse_unknown("method", name, METHODS)
        for argument in sorted(wanted - METHODS[name].takes):
            raise EnclaveError(f"The method {name!r} takes no `{argument}`. Leave the method or the argument out.")
    return list(dict.fromkeys(methods))


def _design(panel, outcome, controls, weights, anticipation, unit, time, cohort) -> Design:
    return one_design.read(
        panel,
        outcome,
        controls=controls,
        weights=weights,
        anticipation=anticipation,
        unit=unit,
        time=time,
        cohort=cohort,
    )


def _path(name: str, design: Design, base: str) -> pd.DataFrame:
    path = _functions()[name][1]
    varying = base == "varying" and name.startswith("cs_")
    made = path(design, base) if name.startswith("cs_") else path(design)
    if not varying and name not in WITHOUT_BEFORE:
        made = pd.concat([made, pd.DataFrame([{"event_time": design.base, "estimate": 0.0}])])
    return made.sort_values("event_time", ignore_index=True).astype({"event_time": "int64"}).assign(method=name)


def _with_interval(made: pd.DataFrame, design: Design) -> pd.DataFrame:
    """The columns in units of the outcome; an error that is rounding alone counts as missing."""
    half = stats.t.ppf(0.975, design.clusters - 1)
    error = made["std_error"].where(made["std_error"] > TINY) * design.size
    estimate = made["estimate"] * design.size
    return made.assign(
        estimate=estimate, std_error=error, conf_low=estimate - half * error, conf_high=estimate + half * error
    )
