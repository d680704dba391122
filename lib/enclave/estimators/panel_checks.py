"""What several estimators share: the checks of a panel, its treatment, its period dummies and crossed controls."""

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from enclave.base.errors import EnclaveError

LOG = "log_"


def unit_columns(unit: Sequence[str] | str) -> list[str]:
    """The columns that name a unit, as a list; a single column may be given as text.

    >>> unit_columns("sid"), unit_columns(("helper", "recipient"))
    (['sid'], ['helper', 'recipient'])
    """
    return [unit] if isinstance(unit, str) else list(unit)


def checked(panel: pd.DataFrame, outcome: str, unit: list[str], time: str, cohort: str) -> pd.DataFrame:
    """A copy sorted by unit and period, with the outcome as the float column `outcome`.

    Raises EnclaveError for a missing column or key, a duplicate row, a cohort that changes within a unit, or an outcome
    that is missing, no number, or negative under a logarithm.
    """
    data = sorted_rows(panel, unit, time, cohort)
    return data.assign(outcome=outcome_values(data, outcome, [*unit, time]))


def sorted_rows(panel: pd.DataFrame, unit: list[str], time: str, *cohorts: str) -> pd.DataFrame:
    """A copy sorted by unit and period; each of `cohorts` names a column. Errors as `checked`."""
    for column in [*unit, time, *cohorts]:
        if column not in panel:
            raise EnclaveError(f"The panel has no column {column!r}. Name its columns in `unit`, `time` and `cohort`.")
    keys = [*unit, time]
    data = panel.sort_values(keys, ignore_index=True)
    refuse(data, data[keys].isna().any(axis=1), keys, "has a missing key", "Every row needs its unit and period.")
    refuse(data, data.duplicated(keys), keys, "appears twice in the panel", "Keep one row.")
    groups = data.groupby(unit, observed=True)
    for cohort in cohorts:
        changes = groups[cohort].transform("nunique", dropna=False) > 1
        refuse(data, changes, unit, f"changes its {cohort!r}", "A unit has one first treated period.")
    return data


def outcome_values(data: pd.DataFrame, outcome: str, keys: list[str]) -> pd.Series:
    """The outcome as floats: a column of `data`, or ln(1 + column) under the name "log_" and the column."""
    column = outcome.removeprefix(LOG) if outcome not in data else outcome
    if column not in data:
        raise EnclaveError(f"The panel has no column {column!r}. Choose one of {', '.join(data.columns)}.")
    values = pd.to_numeric(data[column], errors="coerce").astype("Float64").astype(float)
    refuse(data, ~np.isfinite(values), keys, f"has no number in {column!r}", "Fill the gap or leave the row out.")
    if column == outcome:
        return values
    refuse(data, values < 0, keys, f"has a negative {column!r}", "ln(1 + x) needs values of zero or more.")
    return np.log1p(values)


def refuse_gaps(data: pd.DataFrame, unit: list[str], time: str, method: str) -> None:
    """Raise EnclaveError unless every unit has a row in every period. `method` begins the message, in the plural."""
    if len(data) != data.groupby(unit, observed=True).ngroups * data[time].nunique():
        raise EnclaveError(f"{method} need a balanced panel: a row for every unit and period. Fill the gaps.")


def first_treated(panel: pd.DataFrame, cohort: str) -> pd.Series:
    """The first treated period as a float; infinite for never treated."""
    return panel[cohort].astype("Float64").fillna(np.inf).astype(float)


def treated(panel: pd.DataFrame, time: str, cohort: str) -> pd.Series:
    """1.0 from the first treated period of the unit on, else 0.0; a missing cohort is never treated.

    >>> treated(pd.DataFrame({"year": [2005, 2006, 2006], "cohort": [2006, 2006, None]}), "year", "cohort").tolist()
    [0.0, 1.0, 0.0]
    """
    return (panel[time].astype(float) >= first_treated(panel, cohort)).astype(float)


def refuse_untreated(treat: pd.Series, cohort: str) -> None:
    """Raise EnclaveError if no row is treated; `treat` as `treated` returns it from the column `cohort`."""
    if not treat.any():
        raise EnclaveError(f"No row of the panel is treated. Give first treated periods in the column {cohort!r}.")


def limits(data: pd.DataFrame, unit: list[str], time: str, cohort: str) -> dict[str, list[str]]:
    """What estimates from a panel cannot show: {"limits": sentences}, or an empty dict for a panel without such limits.

    `data` as `checked` returns it.
    """
    units = first_treated(data.drop_duplicates(unit), cohort)
    treated_units = (units <= data[time].max()).sum()
    sentences = {
        "The outcome is the same in every row: estimates and errors are zero.": data["outcome"].nunique() == 1,
        "One unit is treated: its standard error is far too small.": treated_units == 1,
        "No unit is never treated: only units treated earlier or later are compared.": treated_units == len(units),
        "Some units are treated in every period and do not show the change.": (units <= data[time].min()).any(),
    }
    found = [sentence for sentence, holds in sentences.items() if holds]
    return {"limits": found} if found else {}


def period_dummies(time: pd.Series) -> pd.DataFrame:
    """One 0/1 column per period but the first, named "period <value>", with the rows of `time`."""
    periods = sorted(time.unique())[1:]
    return pd.DataFrame({f"period {period}": (time == period).astype(float) for period in periods}, index=time.index)


def crossed_with_periods(data: pd.DataFrame, controls: pd.DataFrame, unit: list[str], time: str) -> pd.DataFrame:
    """Each control times each period but the first, in the rows of `data` (rows x (controls x periods)).

    Controls are measured in standard deviations from their mean, which changes no other slope. Raises EnclaveError if
    the controls name no unit, have several rows for one, or have none for some unit.
    """
    on = [column for column in unit if column in controls]
    if not on:
        raise EnclaveError(f"The controls have none of the columns {', '.join(unit)}. Add the one that names a row.")
    if controls.duplicated(on).any():
        raise EnclaveError(f"The controls have several rows for one {' and '.join(on)}. Give base-year values only.")
    found = data[on].merge(controls, on=on, how="left").drop(columns=on).astype("Float64").astype(float)
    for name in found:
        refuse(data, found[name].isna(), on, f"has no control {name!r}", "Controls need a value for every unit.")
    scaled = (found - found.mean()) / found.std().replace(0, 1)
    periods = sorted(data[time].unique())[1:]
    in_period = data[time].to_numpy()[:, None] == np.array(periods)
    values = scaled.to_numpy()[:, :, None] * in_period[:, None, :]
    names = [f"{name} x {period}" for name in scaled for period in periods]
    return pd.DataFrame(values.reshape(len(data), -1), columns=names)


def keep_attrs(made: pd.DataFrame, source: pd.DataFrame) -> pd.DataFrame:
    """`made` with the `attrs` of `source`, which say where the numbers come from, added to its own."""
    made.attrs.update({**source.attrs, **made.attrs})
    return made


def refuse(data: pd.DataFrame, wrong: pd.Series, keys: list[str], problem: str, remedy: str) -> None:
    """Raise EnclaveError that names the first of the rows marked in `wrong` by its `keys`, and counts the others."""
    if wrong.any():
        first = ", ".join(str(data[key][int(np.argmax(wrong))]) for key in keys)
        more = f" (and {int(wrong.sum()) - 1} more rows)" if wrong.sum() > 1 else ""
        raise EnclaveError(f"{', '.join(keys)} = {first}{more} {problem}. {remedy}")


def refuse_unknown(what: str, given: str, known: Collection[str]) -> None:
    """Raise EnclaveError if the option `given` is not among the `known` ones; `what` names the option."""
    if given not in known:
        raise EnclaveError(f"There is no {what} {given!r}. Choose one of {', '.join(known)}.")
