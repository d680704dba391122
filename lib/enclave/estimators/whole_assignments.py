"""Random assignments that keep their structure: all parks move together when cities change places.

An assignment is a table of helpers x recipients with the first treated years. A draw gives the rows and the columns of
this table to other cities. So each draw has the real numbers of parks of a helper and of a recipient, the real years,
and the real exposure of pairs to parks of others; a draw of single pairs (`placebo.draws`) has none of these. The null
hypothesis is sharp: no park changes any pair, neither its own nor others. Pair and period effects stay the same if
cities change places, so the outcome is moved in place of the treatment, and X'X is inverted once.
"""

from collections.abc import Iterator, Sequence
from itertools import islice, permutations, product
from math import factorial

import numpy as np
import pandas as pd

from enclave.base.arguments import refuse_no_count, refuse_unknown, takes_tables
from enclave.base.errors import EnclaveError
from enclave.base.terms import PAIR
from enclave.estimators import spillovers
from enclave.estimators.demeaned import doubly_demeaned
from enclave.estimators.panel_checks import (
    OUTCOME,
    checked,
    keep_attrs,
    order_by_data,
    refuse_names,
    size_of,
)
from enclave.estimators.placebo import p_value

STATISTICS = ("t", "estimate")
# draws that are computed at the same time
CHUNK = 250
TINY = 1e-9


def every_pair(
    panel: pd.DataFrame, outcome: str, *, unit: Sequence[str] = PAIR, time: str = "year", cohort: str = "cohort"
) -> pd.DataFrame:
    """The panel with a row for each combination of its cities and periods; rows that are absent have an outcome of 0.

    For counts whose panel leaves out pairs without any link. Added pairs are never treated.

    Returns the columns of the unit, period, outcome, cohort; sorted. `attrs` as the panel's. Raises EnclaveError as
    `did.twfe` for the coding of the panel and its outcome.
    """
    keys = spillovers.two_columns(unit)
    data = checked(panel, outcome, keys, time, cohort)
    data[outcome] = data[OUTCOME]
    levels = [data[key].drop_duplicates().sort_values() for key in [*keys, time]]
    frame = pd.MultiIndex.from_product(levels, names=[*keys, time]).to_frame(index=False)
    first = data.drop_duplicates(keys)[[*keys, cohort]]
    made = frame.merge(data[[*keys, time, outcome]], how="left", on=[*keys, time]).merge(first, how="left", on=keys)
    made[outcome] = made[outcome].fillna(0.0)
    return keep_attrs(made[[*keys, time, outcome, cohort]], panel)


def draws(
    panel: pd.DataFrame,
    outcome: str,
    n_draws: int,
    seed: int,
    *,
    statistic: str = "t",
    measure: str = "number",
    unit: Sequence[str] = PAIR,
    time: str = "year",
    cohort: str = "cohort",
) -> pd.DataFrame:
    """The terms of `spillovers.regression` for the real assignment and for others with its structure.

    Parameters
    ----------
    panel : as in `spillovers.regression`, with a row for each combination of cities and periods (see `every_pair`)
    outcome, measure, unit, time, cohort : as there
    n_draws, seed : number of draws, and seed of the random numbers. If helpers and recipients can change places in no
        more ways than `n_draws`, each way but the real one is one draw, and nothing is random
    statistic : "t", the t statistic clustered by pair, or "estimate"

    Returns
    -------
    draw (0 is the real assignment), and one column for each term: treat, same_helper, same_recipient (or share_...).
    What a seed gives does not depend on the names of cities. `attrs` as the panel's.

    Raises
    ------
    EnclaveError as `spillovers.regression`, for a combination without a row, or an unknown option.
    """
    refuse_unknown("statistic", statistic, STATISTICS)
    refuse_no_count("n_draws", n_draws, 1)
    refuse_no_count("seed", seed, 0)
    spillovers.regression(panel, outcome, measure=measure, unit=unit, time=time, cohort=cohort)
    terms, wide, size, names = _arrays(panel, outcome, measure, unit, time, cohort)
    moved = [wide[None]]
    for rows, columns in _places(wide.shape[:2], n_draws, seed):
        moved.append(wide[rows[:, :, None], columns[:, None, :]])
    shape = (-1, wide.shape[0] * wide.shape[1], wide.shape[2])
    flat = terms.reshape(shape)
    found = [fits(flat, part.reshape(shape)) for part in moved]
    values = [t if statistic == "t" else slopes * size for slopes, t in found]
    made = pd.DataFrame(np.concatenate(values), columns=names)
    made.insert(0, "draw", range(len(made)))
    return keep_attrs(made, panel)


@takes_tables
def p_values(drawn: pd.DataFrame) -> pd.DataFrame:
    """For each term of `draws`: term, statistic (of the real assignment), p_value (two sides), draws.

    The real assignment counts as one of the draws. The p value is exact if parks change no pair at all and each
    exchange of cities was as likely as the real one. `attrs` as those of the draws. Raises EnclaveError without draws.
    """
    true, others = drawn[drawn["draw"] == 0], drawn[drawn["draw"] > 0]
    terms = [name for name in drawn if name != "draw"]
    rows = [(term, true[term].item(), p_value(others[term].to_numpy(), true[term].item())) for term in terms]
    made = pd.DataFrame(rows, columns=["term", "statistic", "p_value"]).assign(draws=len(others))
    return keep_attrs(made, drawn)


def fits(terms: np.ndarray, outcomes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Slopes and t statistics of the same terms for many outcomes, with unit and period effects.

    Parameters
    ----------
    terms : terms x units x periods
    outcomes : outcomes x units x periods

    Returns
    -------
    slopes and t statistics (outcomes x terms); t is clustered by unit, with the factor of `did.twfe`, and not a number
    where the error is zero. Raises EnclaveError if the effects and the other terms explain a term.
    """
    design, left = doubly_demeaned(np.asarray(terms, float)), doubly_demeaned(np.asarray(outcomes, float))
    count, units, periods = design.shape
    flat = design.reshape(count, -1)
    norms = np.sqrt((flat**2).sum(axis=1))
    if not norms.all() or np.linalg.matrix_rank(flat / norms[:, None], tol=TINY) < count:
        raise EnclaveError("The fixed effects and the other terms explain one of the terms. Leave it out.")
    bread = np.linalg.inv(flat @ flat.T)
    slopes = left.reshape(len(left), -1) @ flat.T @ bread
    residual = left - np.tensordot(slopes, design, axes=1)
    scores = np.einsum("dut,kut->duk", residual, design) @ bread
    used = units * periods
    factor = units / (units - 1) * (used - 1) / (used - count - periods)
    errors = np.sqrt(factor * (scores**2).sum(axis=1))
    least = TINY * np.abs(left).max(axis=(1, 2))[:, None] / norms
    return slopes, np.divide(slopes, errors, out=np.full_like(slopes, np.nan), where=errors > least)


def _arrays(panel, outcome, measure, unit, time, cohort) -> tuple[np.ndarray, np.ndarray, float, list[str]]:
    """Terms (terms x helpers x recipients x periods), outcome over its size (without terms), size, names of terms.

    Cities are in an order that follows from their parks and outcomes.
    """
    keys = spillovers.two_columns(unit)
    refuse_names(keys, ["draw"])
    data = checked(panel, outcome, keys, time, cohort, balanced="Exchanges of cities")
    shape = (data[keys[0]].nunique(), data[keys[1]].nunique(), data[time].nunique())
    if len(data) != np.prod(shape):
        raise EnclaveError(
            f"The panel has {len(data)} rows, and {shape[0]} x {shape[1]} pairs in {shape[2]} periods have "
            f"{np.prod(shape)}. Add the pairs that are missing, as `whole_assignments.every_pair` does."
        )
    rows = spillovers.exposure(panel, unit=unit, time=time, cohort=cohort)
    columns = rows[["treat", *(f"{spillovers.MEASURES[measure]}_{key}" for key in keys)]]
    columns = columns.loc[:, columns.any()]
    size = size_of(data[OUTCOME])
    wide = (data[OUTCOME] / size).to_numpy().reshape(shape)
    terms = columns.to_numpy().T.reshape(-1, *shape)
    for axis in (0, 1):
        order = order_by_data(terms[0].sum(axis=1 - axis), wide.sum(axis=1 - axis))
        wide, terms = np.take(wide, order, axis=axis), np.take(terms, order, axis=axis + 1)
    return terms, wide, size, list(columns)


def _places(shape: tuple[int, int], n_draws: int, seed: int) -> Iterator[tuple[np.ndarray, ...]]:
    """Places of helpers and of recipients (draws x cities each), some draws at a time."""
    others = factorial(shape[0]) * factorial(shape[1]) - 1
    if not others:
        raise EnclaveError(
            "There is one pair of cities, so that no city can change places. Give a panel of more units."
        )
    if others <= n_draws:
        every = product(permutations(range(shape[0])), permutations(range(shape[1])))
        # the first exchange leaves every city where it is
        pairs = list(islice(every, 1, None))
        yield np.array([one for one, _ in pairs]), np.array([other for _, other in pairs])
        return
    generator = np.random.default_rng(seed)
    for begun in range(0, n_draws, CHUNK):
        size = min(CHUNK, n_draws - begun)
        yield tuple(generator.permuted(np.tile(np.arange(count), (size, 1)), axis=1) for count in shape)
