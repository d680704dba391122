"""The rule by which every estimator reads a panel, and what several estimators share.

A function that takes a panel follows this rule, or raises EnclaveError that names the column and the remedy:

Names      Unit, time and cohort are different columns, each named once. Further columns may have any name. A result
           that returns the panel's own columns needs names for them that are not names of its own columns.
Units      No name is missing, and a column does not mix text and numbers. The kind of names (text, numbers, categories)
           and the order of rows change no result.
Time       A period is a whole number: as a number, as text, or as a date, which counts as its year. Years need not
           follow one another. A unit has one row in a period.
Cohort     The first treated period of a unit, written like time, the same in all its rows. Missing means never treated.
           So does every period after the last one of the panel: inf, 9999, and a treatment that begins later. A number
           that cannot be a period of the panel is refused: zero or below where periods are positive, below 1000 where
           periods are years. Other programs use 0 for never treated; here it would mean treated in all periods.
Always     A unit treated in its first period or before shows no change. Least squares and Poisson compare the others
treated    with it and say so in `attrs["limits"]`; functions by event time and by group refuse it.
Gaps       Units may lack periods. Functions that need a balanced panel refuse gaps and name the unit to fill or drop.
Numbers    Outcomes, weights, distances and controls are finite numbers in every row or unit, as numbers or as text.
           Nothing is dropped because it is missing. Weights are positive.
Size       Outcomes, weights and distances may have any size. They are divided by a power of two first (see `size_of`).
Nothing    An outcome that never changes, and a treatment that fixed effects or controls explain, are refused: an
to learn   estimate of zero with an error of zero would look like a finding.
Seeds      Random numbers belong to units by what they did, not by how they are named (see `order_by_data`).
"""

from collections.abc import Collection, Iterable, Sequence

import numpy as np
import pandas as pd

from enclave.base.arguments import in_short, offered, refuse_no_name
from enclave.base.errors import EnclaveError
from enclave.estimators import coded_columns

LOG = "log_"
# the outcome of a checked panel: a name that a panel's own columns do not have
OUTCOME = "(outcome)"
FEW_UNITS = "The panel has fewer than two units with several periods, so nothing can be compared. Give more units."
NO_COLUMN = "The panel has no column {column!r}. Name its columns in `unit`, `time` and `cohort`."
FILL = "Fill the gap or leave the row out."
# first number that counts as a year of four digits
YEAR = 1000
# sizes within a factor of 2^10 of one are left as they are
STEP = 20


def unit_columns(unit: Sequence[str] | str) -> list[str]:
    """The columns that name a unit, as a list; a single column may be given as text.

    >>> unit_columns("sid"), unit_columns(("helper", "recipient"))
    (['sid'], ['helper', 'recipient'])
    """
    return [unit] if isinstance(unit, str) or not isinstance(unit, Iterable) else list(unit)


def checked(
    panel: pd.DataFrame, outcome: str, unit: list[str], time: str, cohort: str, *, balanced: str = ""
) -> pd.DataFrame:
    """A copy sorted by unit and period, as `sorted_rows` returns it, with the outcome as the float column `OUTCOME`.

    `balanced` names, in the plural, what needs a balanced panel; gaps are then refused.

    Raises EnclaveError for what the rule at the top of this module refuses, for a missing column or key, a duplicate
    row, a cohort that changes within a unit, or an outcome that is missing, no number, negative under a logarithm, or
    the same in every row.
    """
    data = sorted_rows(panel, unit, time, cohort)
    remedy = f"Fill the gap, or leave out all rows of the unit: {balanced} need a balanced panel." if balanced else FILL
    data[OUTCOME] = outcome_values(data, outcome, [*unit, time], remedy)
    if balanced:
        refuse_gaps(data, unit, time, balanced)
    return data


def sorted_rows(panel: pd.DataFrame, unit: list[str], time: str, *cohorts: str) -> pd.DataFrame:
    """A copy sorted by unit and period; each of `cohorts` names a column. Errors as `checked`.

    Periods are whole numbers (int64), and cohorts are nullable ones (Int64), missing for units that are never treated
    within the panel.
    """
    _refuse_columns(panel, unit, time, cohorts)
    data, keys = panel.reset_index(drop=True), [*unit, time]
    for column in unit:
        data[column] = _unit_names(data, column)
    missing = data[keys].isna().any(axis=1) | coded_columns.gaps(data[time])
    refuse(data, missing, keys, "has a missing key", "Every row needs its unit and period.")
    data[time] = periods(data, time).astype("int64")
    data = data.sort_values(keys, ignore_index=True)
    refuse(data, data.duplicated(keys), keys, "appears twice in the panel", "Keep one row.")
    groups = data.groupby(unit, observed=True)
    for cohort in cohorts:
        first = first_treated(data, time, cohort, unit)
        data[cohort] = first.where(np.isfinite(first)).astype("Int64")
        changes = groups[cohort].transform("nunique", dropna=False) > 1
        refuse(data, changes, unit, f"changes its {cohort!r}", "A unit has one first treated period.")
    return data


def _refuse_columns(panel: pd.DataFrame, unit: list[str], time: str, cohorts: Collection[str]) -> None:
    if not isinstance(panel, pd.DataFrame):
        raise EnclaveError(
            f"The panel is no pandas DataFrame, but {in_short(panel)}. Give one with a row for each unit and period, "
            "such as panels.of(source).manufacturing."
        )
    named = [*unit, time, *cohorts]
    for column in named:
        if column not in panel or column == OUTCOME:
            raise EnclaveError(NO_COLUMN.format(column=column))
        if (panel.columns == column).sum() > 1:
            raise EnclaveError(f"The panel has several columns {column!r}. Rename or drop all but one.")
    if not unit or len(set(named)) < len(named):
        words = ", ".join(map(repr, named))
        raise EnclaveError(f"`unit`, `time` and `cohort` are {words}. Name a column of its own for each.")
    if panel.empty:
        raise EnclaveError("The panel has no rows. Give at least two units in two periods.")


def _unit_names(data: pd.DataFrame, column: str) -> pd.Series:
    if coded_columns.mixes_types(data[column]):
        raise EnclaveError(
            f"The column {column!r} mixes text with other types, so one unit may have two names. Write all as text."
        )
    return coded_columns.names(data[column])


def periods(data: pd.DataFrame, time: str) -> pd.Series:
    """The periods of a panel as floats. Raises EnclaveError for a cell that is no whole number and no date."""
    if time not in data:
        raise EnclaveError(NO_COLUMN.format(column=time))
    column = data[time]
    if pd.api.types.is_integer_dtype(column.dtype) and not column.hasnans:
        return column.astype(float)
    values = coded_columns.periods(column)
    remedy = f"Give whole numbers (such as years) or dates in {time!r}."
    refuse(data, ~coded_columns.is_whole(values), [], f"has no period in {time!r}", remedy)
    if coded_columns.has_several_dates_a_year(column):
        raise EnclaveError(f"The dates in {time!r} are several a year. Number the periods, for example 1, 2, 3.")
    return values


def first_treated(panel: pd.DataFrame, time: str, cohort: str, unit: Sequence[str] = ()) -> pd.Series:
    """The first treated period as a float; infinite for rows of units that are never treated within the panel.

    `unit` names the row in a message. Raises EnclaveError for a cohort that is no period.
    """
    seen = periods(panel, time)
    values = cohort_values(panel, cohort, float(seen.min()), unit)
    return values.where(values <= seen.max(), np.inf)


def cohort_values(data: pd.DataFrame, cohort: str, earliest: float, unit: Sequence[str] = ()) -> pd.Series:
    """A column of first treated periods as floats, infinite where it is missing; `earliest` is the first period.

    Raises EnclaveError for a cell that is no whole number and no date, or a number that is no period of such a panel.
    """
    if cohort not in data:
        raise EnclaveError(NO_COLUMN.format(column=cohort))
    values = coded_columns.periods(data[cohort])
    filled = values.fillna(np.inf)
    unread = values.isna() & ~coded_columns.gaps(data[cohort])
    wrong = unread | ~(coded_columns.is_whole(filled) | (filled == np.inf))
    remedy = f"Give the first treated period in {cohort!r}, written like the periods, and nothing for never treated."
    refuse(data, wrong, unit, f"has no period in {cohort!r}", remedy)
    impossible = (filled <= 0) & (earliest > 0) | (filled < YEAR) & (earliest >= YEAR)
    remedy = f"If it stands for never treated, leave {cohort!r} missing there."
    refuse(data, impossible, unit, f"has a number in {cohort!r} that is no period of such a panel, such as 0", remedy)
    return filled


def treated(panel: pd.DataFrame, time: str, cohort: str) -> pd.Series:
    """1.0 from the first treated period of the unit on, else 0.0; a missing cohort is never treated.

    Raises EnclaveError for a period or a cohort that the rule refuses.

    >>> treated(pd.DataFrame({"year": [2005, 2006, 2006], "cohort": [2006, 2006, None]}), "year", "cohort").tolist()
    [0.0, 1.0, 0.0]
    """
    return (periods(panel, time) >= first_treated(panel, time, cohort)).astype(float)


def ever_treated(panel: pd.DataFrame, time: str = "year", cohort: str = "cohort") -> pd.Series:
    """True in all rows of units that are treated within the panel. Errors as `treated`.

    >>> ever_treated(pd.DataFrame({"year": [2005, 2006, 2006], "cohort": [2006, 9999, None]})).tolist()
    [True, False, False]
    """
    return np.isfinite(first_treated(panel, time, cohort))


def outcome_values(data: pd.DataFrame, outcome: str, keys: list[str], remedy: str = FILL) -> pd.Series:
    """The outcome as floats: a column of `data`, or ln(1 + column) under the name "log_" and the column."""
    column = outcome.removeprefix(LOG) if isinstance(outcome, str) and outcome not in data else outcome
    values = finite(data, column, keys, f"has no number in {column!r}", remedy)
    if column != outcome:
        refuse(data, values < 0, keys, f"has a negative {column!r}", "ln(1 + x) needs values of zero or more.")
        values = np.log1p(values)
    if values.min() == values.max():
        raise EnclaveError(
            f"The outcome {outcome!r} is the same in every row, so nothing can be compared. Choose another column."
        )
    return values


def finite(data: pd.DataFrame, column: str, keys: Sequence[str], problem: str, remedy: str) -> pd.Series:
    """A column as floats. Raises EnclaveError if there is no such column, or a cell is no finite number."""
    refuse_no_name("A column", column)
    if column not in data:
        raise EnclaveError(f"The panel has no column {column!r}. {offered(column, data.columns)}")
    if (data.columns == column).sum() > 1:
        raise EnclaveError(f"The panel has several columns {column!r}. Rename or drop all but one.")
    values = coded_columns.numbers(data[column])
    refuse(data, ~np.isfinite(values), keys, problem, remedy)
    return values


def weight_values(data: pd.DataFrame, column: str | None, keys: Sequence[str]) -> pd.Series | None:
    """A column of weights as floats, divided by their size; None if no column is given. Weights are above zero."""
    if column is None:
        return None
    refuse_no_name("The column of weights", column)
    if column not in data:
        raise EnclaveError(f"The panel has no column {column!r} of weights. {offered(column, data.columns)}")
    words = (f"has no weight in {column!r}", "Weights are positive numbers. Leave rows without weight out.")
    values = finite(data, column, keys, *words)
    refuse(data, values <= 0, keys, *words)
    return values / size_of(values)


def unit_weights(data: pd.DataFrame, column: str | None, unit: list[str]) -> pd.Series:
    """A column of weights that are constant within a unit, as `weight_values`; 1.0 in each row if none is given.

    Raises EnclaveError as `weight_values`, and for a unit whose weight changes.
    """
    values = weight_values(data, column, unit)
    if values is None:
        return pd.Series(1.0, index=data.index)
    changes = values.groupby([data[key] for key in unit], observed=True).transform("nunique") > 1
    remedy = "Give one weight per unit, such as its mean or its value in the base period."
    refuse(data, changes, unit, f"changes its weight in {column!r}", remedy)
    return values


def size_of(values) -> float:
    """A power of two by which values are divided before an estimate, so that no tolerance depends on their unit.

    It is 1 for values of ordinary size, whose largest lies between 1/1024 and 1024. Division by a power of two is
    exact.

    >>> size_of([3.0, -250.0]), size_of([1e-12]) == 2.0**-40
    (1.0, True)
    """
    largest = float(np.abs(np.asarray(values, dtype=float)).max(initial=0.0))
    return 2.0 ** (STEP * round(np.log2(largest) / STEP)) if largest else 1.0


def order_by_data(*arrays: np.ndarray) -> np.ndarray:
    """Positions of units in an order that does not depend on their names: by their numbers, the first column first.

    Each array has one row per unit. Units with the same numbers can be exchanged without any change.

    >>> order_by_data(np.array([2, 1, 1]), np.array([[5.0], [7.0], [6.0]])).tolist()
    [2, 1, 0]
    """
    columns = np.column_stack([np.reshape(array, (len(array), -1)) for array in arrays])
    return np.lexsort(columns.T[::-1])


def refuse_gaps(data: pd.DataFrame, unit: list[str], time: str, method: str) -> None:
    """Raise EnclaveError unless every unit has a row in every period. `method` begins the message, in the plural."""
    rows, every = data.groupby(unit, observed=True)[time].transform("size"), sorted(data[time].unique())
    if (rows == len(every)).all():
        return
    first = data.loc[rows.idxmin(), unit]
    seen = set(data.loc[(data[unit] == first).all(axis=1), time])
    lacking = next(period for period in every if period not in seen)
    raise EnclaveError(
        f"{method} need a balanced panel: a row for every unit and period. {', '.join(map(str, unit))} = "
        f"{', '.join(map(str, first))} has none in {lacking}. Fill the gap, or leave out all rows of the unit."
    )


def refuse_untreated(treat: pd.Series, cohort: str) -> None:
    """Raise EnclaveError if no row is treated; `treat` as `treated` returns it from the column `cohort`."""
    if not treat.any():
        raise EnclaveError(f"No row of the panel is treated. Give first treated periods in the column {cohort!r}.")


def refuse_always_treated(data: pd.DataFrame, unit: list[str], time: str, cohort: str, anticipation: int = 0) -> None:
    """Raise EnclaveError for a unit that is treated in its first period or before. `data` as `checked` returns it.

    With `anticipation`, its effects may begin so many periods earlier, and it needs a row before that.
    """
    start = data.groupby(unit, observed=True)[time].transform("min")
    wrong = (data[cohort] - anticipation <= start).fillna(False).astype(bool)
    if wrong.any():
        units = data.loc[wrong, unit].drop_duplicates()
        first = ", ".join(str(name) for name in units.iloc[0])
        more = f" (and {len(units) - 1} more)" if len(units) > 1 else ""
        earlier = f" less the {anticipation} of `anticipation`" if anticipation else ""
        raise EnclaveError(
            f"Some units have no row before {cohort!r}{earlier}: {', '.join(map(str, unit))} = {first}{more}, treated "
            f"in {start[wrong].iloc[0] + anticipation} or before, has no base period. Leave them out."
        )


def refuse_names(names: Collection[str], result: Collection[str]) -> None:
    """Raise EnclaveError if a column of the panel, which a result returns, has the name of another of its columns."""
    for name in names:
        if name in result:
            raise EnclaveError(f"The result has a column {name!r} of its own. Rename that column of the panel.")


def limits(data: pd.DataFrame, unit: list[str], time: str, cohort: str) -> dict[str, list[str]]:
    """What estimates from a panel cannot show: {"limits": sentences}, or an empty dict for a panel without such limits.

    `data` as `checked` returns it.
    """
    units = first_treated(data, time, cohort)[~data.duplicated(unit)]
    treated_units = np.isfinite(units).sum()
    sentences = {
        "One unit is treated: its standard error is far too small.": treated_units == 1,
        "No unit is never treated: only units treated earlier or later are compared.": treated_units == len(units),
        "Some units are treated in every period: they show no change, but others are compared with them.": (
            units <= data[time].min()
        ).any(),
    }
    found = [sentence for sentence, holds in sentences.items() if holds]
    return {"limits": found} if found else {}


def keep_attrs(made: pd.DataFrame, source: pd.DataFrame) -> pd.DataFrame:
    """`made` with the `attrs` of `source`, which say where the numbers come from, added to its own."""
    made.attrs.update({**source.attrs, **made.attrs})
    return made


def refuse(data: pd.DataFrame, wrong: pd.Series, keys: Sequence[str], problem: str, remedy: str) -> None:
    """Raise EnclaveError that names the first of the rows marked in `wrong`, and counts the others.

    The row is named by its `keys`; without keys by its number, counted from 1.
    """
    if wrong.any():
        place = int(np.argmax(wrong))
        names = ", ".join(str(data[key].iloc[place]) for key in keys)
        first = f"{', '.join(map(str, keys))} = {names}" if keys else f"Row {place + 1}"
        more = f" (and {int(wrong.sum()) - 1} more rows)" if wrong.sum() > 1 else ""
        raise EnclaveError(f"{first}{more} {problem}. {remedy}")
