"""The inner loop of the annealing, compiled: the exact effect of one move on every wanted number.

A state has the counts and every weighted sum, score, residual and sum of squares. A move changes one to four cells by
one link. Its effect on a quadratic form follows from the state and the forms of its cells, so that nothing is computed
from the beginning. Moves are accepted by the rule of Metropolis et al. (1953).
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from enclave_twin.fit.linear_forms import T

# most cells that a move changes
MOST = 4
# probability that a move is from one year to another in which both cells have the same year
SAME_YEAR = 0.5
# probability that a single unit is added or removed, and not one in each of two years
SINGLE = 0.5
# probability that a second never-treated pair is sought in the same recipient, and most tries
SAME_RECIPIENT = 0.6
TRIES = 12


class Chances(NamedTuple):
    """How often each kind of move is tried.

    Attributes
    ----------
    one_pair : probability of a change of the total of one pair
    between_controls : the same plus the probability of a shift between two never-treated pairs
    between_years : the same plus the probability of a shift between two years of a pair
    between_pairs : the same plus the probability of a shift between two pairs; the others are rectangles
    treated : probability that both pairs of a move are drawn from the treated ones
    neutral : probability of a neutral move, before all others
    """

    one_pair: float
    between_controls: float
    between_years: float
    between_pairs: float
    treated: float
    neutral: float


class State(NamedTuple):
    """The counts (C), the totals of pairs, and everything that follows from them; see `annealing.Search.state`."""

    counts: np.ndarray
    per_pair: np.ndarray
    sums: np.ndarray
    log_sums: np.ndarray
    scores: np.ndarray
    log_scores: np.ndarray
    residuals: np.ndarray
    squares: np.ndarray
    norms: np.ndarray


@njit(cache=True)
def values(a, sums, log_sums, score2, log_score2, squares, norms, out):
    """Write every wanted number to `out`, in order: moments, regressions, averages of Table 3, further sums."""
    n1, n2 = T * float((~a.treated).sum()), T * float(a.treated.sum())
    place = 0
    for side in range(4):
        mean = sums[side] if side < 2 else log_sums[side - 2]
        n = n1 if side % 2 == 0 else n2
        out[place], out[place + 1] = mean, np.sqrt(max(0.0, (squares[side] - n * mean * mean) / (n - 1)))
        place += 2
    for m in range(len(a.models)):
        place = _model(a, m, sums, log_sums, score2, log_score2, squares, norms, n1, n2, out, place)
    for k in range(a.places[2]):
        place = _tested(sums[a.places[0] + k], score2[a.places[1] + k], out, place)
    for k in range(a.places[3], len(sums)):
        out[place] = sums[k]
        place += 1


@njit(cache=True)
def _model(a, m, sums, log_sums, score2, log_score2, squares, norms, n1, n2, out, place):
    logarithm, controls, terms, first, score = a.models[m]
    b = log_sums if logarithm else sums
    meat = log_score2 if logarithm else score2
    explained = 0.0
    for i in range(terms):
        for j in range(terms):
            explained += b[first + i] * a.bread[m, i, j] * b[first + j]
    for i in range(terms):
        place = _tested(b[first + i], a.factor[m] * meat[score + i], out, place)
    total = squares[2 * logarithm] + squares[2 * logarithm + 1] - (n1 * b[0] + n2 * b[1]) ** 2 / (n1 + n2)
    out[place] = 1 - (norms[2 * logarithm + controls] - explained) / total
    return place + 1


@njit(cache=True)
def _tested(estimate, variance, out, place):
    error = np.sqrt(variance)
    out[place], out[place + 1], out[place + 2] = estimate, error, abs(estimate) / max(1e-9, error)
    return place + 3


@njit(cache=True)
def penalty(a, weight, out, slow):
    """Sum of the weighted distances from the intervals; without `slow`, only of the numbers without a variance."""
    total = 0.0
    for k in range(len(out)):
        if slow or not a.slow[k]:
            away = max(a.low[k] - out[k], out[k] - a.high[k], 0.0) * weight[k]
            total += away
    return total


@njit(cache=True)
def propose(a, state, recipients, treated, chances, cells, steps):
    """Draw a move into `cells` and `steps`; returns the number of cells that it changes, 0 for no move."""
    y, pairs, kind = state.counts, len(a.treated), np.random.random()
    if len(a.neutral) and np.random.random() < chances.neutral:
        return _neutral(a, cells, steps)
    one, other = np.random.randint(pairs), np.random.randint(pairs)
    if np.random.random() < chances.treated:
        one, other = treated[np.random.randint(len(treated))], treated[np.random.randint(len(treated))]
    year, later = np.random.randint(T), np.random.randint(T)
    if kind < chances.one_pair:
        return _level(one, year, later, cells, steps)
    if kind < chances.between_controls:
        return _between_controls(a, y, recipients, year, cells, steps)
    if kind < chances.between_years:
        other = one
    elif kind < chances.between_pairs:
        later = year if np.random.random() < SAME_YEAR else later
    else:
        return _rectangle(a, y, one, other, year, later, cells, steps)
    if (one == other and year == later) or a.treated[one] != a.treated[other] or y[one * T + year] == 0:
        return 0
    cells[0], steps[0], cells[1], steps[1] = one * T + year, -1, other * T + later, 1
    return 2


@njit(cache=True)
def _neutral(a, cells, steps):
    """One of the neutral moves, in either direction."""
    move, sign = np.random.randint(len(a.neutral)), 1 if np.random.random() < 0.5 else -1
    for k in range(MOST):
        cells[k], steps[k] = a.neutral[move, k], sign * (2 * (k % 2) - 1)
    return MOST


@njit(cache=True)
def _level(pair, year, later, cells, steps):
    """One link more or less in one year of a pair, or in two years, which may leave its effect unchanged."""
    sign = 1 if np.random.random() < 0.5 else -1
    cells[0], steps[0], cells[1], steps[1] = pair * T + year, sign, pair * T + later, sign
    return 1 if year == later or np.random.random() < SINGLE else 2


@njit(cache=True)
def _between_controls(a, y, recipients, year, cells, steps):
    """A link moves between never-treated pairs in one year, mostly of one recipient. No estimate changes."""
    pairs = len(a.treated)
    one, other = np.random.randint(pairs), np.random.randint(pairs)
    if np.random.random() < SAME_RECIPIENT:
        for _ in range(TRIES):
            if other != one and not a.treated[other] and recipients[one] == recipients[other]:
                break
            other = np.random.randint(pairs)
    if one == other or a.treated[one] or a.treated[other] or y[one * T + year] == 0:
        return 0
    cells[0], steps[0], cells[1], steps[1] = one * T + year, -1, other * T + year, 1
    return 2


@njit(cache=True)
def _rectangle(a, y, one, other, year, later, cells, steps):
    """Two pairs exchange a link between two years. Totals of pairs and of years do not change."""
    if one == other or year == later or a.treated[one] != a.treated[other]:
        return 0
    if y[one * T + year] == 0 or y[other * T + later] == 0:
        return 0
    cells[0], cells[1], cells[2], cells[3] = one * T + year, one * T + later, other * T + later, other * T + year
    steps[0], steps[1], steps[2], steps[3] = -1, 1, -1, 1
    return 4


@njit(cache=True)
def allowed(a, state, most, cells, steps, count):
    """Whether the counts stay within their limits and every pair keeps a link."""
    for j in range(count):
        after = state.counts[cells[j]] + steps[j]
        if after < a.least[cells[j]] or after > most:
            return False
        if steps[j] < 0 and count < MOST and state.per_pair[cells[j] // T] <= 1:
            return False
        left = state.per_pair[cells[j] // T]
        for i in range(count):
            left += steps[i] if cells[i] // T == cells[j] // T else 0
        if left < 1:
            return False
    return True


@njit(cache=True)
def shift_sums(a, state, log, cells, steps, count, new):
    """Write sums, squares and norms after a move to `new`."""
    new.sums[:], new.log_sums[:], new.squares[:], new.norms[:] = state.sums, state.log_sums, state.squares, state.norms
    for j in range(count):
        c, before = cells[j], state.counts[cells[j]]
        after, side = before + steps[j], 1 if a.treated[cells[j] // T] else 0
        rise = log[after] - log[before]
        new.sums[:] += steps[j] * a.sums[c]
        new.log_sums[:] += rise * a.log_sums[c]
        new.squares[side] += after * after - before * before
        new.squares[2 + side] += log[after] ** 2 - log[before] ** 2
        for q in range(4):
            d = float(steps[j]) if q < 2 else rise
            new.norms[q] += 2 * d * state.residuals[q, c] + d * d * a.makers[q % 2, c // T, c // T] * (1 - 1 / T)
            for i in range(j):
                e = float(steps[i]) if q < 2 else log[state.counts[cells[i]] + steps[i]] - log[state.counts[cells[i]]]
                same = 1.0 if cells[i] % T == c % T else 0.0
                new.norms[q] += 2 * d * e * a.makers[q % 2, c // T, cells[i] // T] * (same - 1 / T)


@njit(cache=True, fastmath=True)
def shifted_squares(table, scores, cells, amounts, count, out):
    """Write the sum of squared scores after a move to `out`. Separate loops for two and four cells are faster."""
    first, second = cells[0], cells[1] if count > 1 else cells[0]
    d, e = amounts[0], amounts[1] if count > 1 else 0.0
    for f in range(scores.shape[0]):
        total = 0.0
        if count < MOST:
            for g in range(scores.shape[1]):
                value = scores[f, g] + d * table[first, f, g] + e * table[second, f, g]
                total += value * value
        else:
            third, fourth, h, i = cells[2], cells[3], amounts[2], amounts[3]
            for g in range(scores.shape[1]):
                value = scores[f, g] + d * table[first, f, g] + e * table[second, f, g]
                value += h * table[third, f, g] + i * table[fourth, f, g]
                total += value * value
        out[f] = total


@njit(cache=True)
def take(a, state, new, log, cells, steps, count):
    """Change `state` by the move."""
    for j in range(count):
        c, before = cells[j], state.counts[cells[j]]
        rise = log[before + steps[j]] - log[before]
        state.scores[:] += steps[j] * a.scores[c]
        state.log_scores[:] += rise * a.log_scores[c]
        for q in range(4):
            d = float(steps[j]) if q < 2 else rise
            for g in range(len(a.treated)):
                part = d * a.makers[q % 2, g, c // T]
                state.residuals[q, g * T : (g + 1) * T] -= part / T
                state.residuals[q, g * T + c % T] += part
        state.counts[c] += steps[j]
        state.per_pair[c // T] += steps[j]
    state.sums[:], state.log_sums[:] = new.sums, new.log_sums
    state.squares[:], state.norms[:] = new.squares, new.norms


@njit(cache=True)
def anneal(a, state, new, weight, log, unlikely, recipients, treated, chances, heat, moves, seed, best):
    """Metropolis moves while the inverse temperature goes from `heat[0]` to `heat[1]`; returns the last penalty.

    unlikely : cost of each count in each cell (C x counts), such as minus its log likelihood
    best : receives the counts with the lowest penalty
    """
    np.random.seed(seed)
    cells, steps, amounts = np.zeros(MOST, np.int64), np.zeros(MOST, np.int64), np.zeros(MOST)
    score2, log_score2 = (state.scores**2).sum(axis=1), (state.log_scores**2).sum(axis=1)
    trial, log_trial, out = score2.copy(), log_score2.copy(), np.zeros(len(a.low))
    values(a, state.sums, state.log_sums, score2, log_score2, state.squares, state.norms, out)
    now = penalty(a, weight, out, True)
    lowest, most = now, unlikely.shape[1] - 1
    best[:] = state.counts
    for move in range(moves):
        beta = heat[0] * (heat[1] / heat[0]) ** (move / moves)
        count = propose(a, state, recipients, treated, chances, cells, steps)
        if count == 0 or not allowed(a, state, most, cells, steps, count):
            continue
        bound = now * beta - np.log(np.random.random() + 1e-300)
        for j in range(count):
            before = state.counts[cells[j]]
            bound -= unlikely[cells[j], before + steps[j]] - unlikely[cells[j], before]
        if bound < 0:
            continue
        shift_sums(a, state, log, cells, steps, count, new)
        values(a, new.sums, new.log_sums, score2, log_score2, new.squares, new.norms, out)
        if penalty(a, weight, out, False) * beta > bound:
            continue
        for j in range(count):
            amounts[j] = steps[j]
        shifted_squares(a.scores, state.scores, cells, amounts, count, trial)
        for j in range(count):
            before = state.counts[cells[j]]
            amounts[j] = log[before + steps[j]] - log[before]
        shifted_squares(a.log_scores, state.log_scores, cells, amounts, count, log_trial)
        values(a, new.sums, new.log_sums, trial, log_trial, new.squares, new.norms, out)
        after = penalty(a, weight, out, True)
        if after * beta <= bound:
            take(a, state, new, log, cells, steps, count)
            now, score2[:], log_score2[:] = after, trial, log_trial
            if now < lowest - 1e-9:
                lowest, best[:] = now, state.counts
    return now
