"""Two-way fixed effects with nothing but NumPy: dummies, least squares, and a sandwich by cluster.

Shares no code with the package. The normal equations are those of any textbook on clustered errors.
"""

import numpy as np


def dummies(labels):
    """One column for each label, sorted: 1 where a row has it, else 0."""
    values = np.unique(labels)
    return (np.asarray(labels)[:, None] == values[None, :]).astype(float)


def twfe(outcome, terms, unit, time, *, weights=None, convention="reghdfe"):
    """Estimates, standard errors and R2 of `terms` (columns) with unit and time dummies, errors clustered by unit.

    K counts the independent columns: all of them ("areg"), or without the unit dummies, whose place one constant takes
    ("reghdfe"); "clusters" leaves out (N - 1) / (N - K), "none" also G / (G - 1).
    """
    y = np.asarray(outcome, float)
    slopes = np.column_stack([np.asarray(term, float) for term in terms])
    design = np.column_stack([slopes, dummies(unit), dummies(time)])
    w = np.ones(len(y)) if weights is None else np.asarray(weights, float)
    root = np.sqrt(w)
    solution, _, rank, _ = np.linalg.lstsq(design * root[:, None], y * root, rcond=None)
    residual = y - design @ solution
    inverse = np.linalg.pinv(design * root[:, None])
    bread = inverse @ inverse.T
    scores = dummies(unit).T @ (design * (w * residual)[:, None])
    variance = bread @ (scores.T @ scores) @ bread
    groups, n = dummies(unit).shape[1], len(y)
    counted = {"reghdfe": rank - groups + 1, "areg": rank}.get(convention)
    factor = 1.0 if counted is None else (n - 1) / (n - counted)
    factor *= 1.0 if convention == "none" else groups / (groups - 1)
    center = np.average(y, weights=w)
    r2 = 1 - (w * residual**2).sum() / (w * (y - center) ** 2).sum()
    wanted = slice(0, slopes.shape[1])
    return solution[wanted], np.sqrt(np.diag(variance)[wanted] * factor), r2


def crossed(values, time):
    """Each column of unit-level values times every time dummy but the first."""
    return [column * dummy for column in np.asarray(values, float).T for dummy in dummies(time).T[1:]]


def group_time_averages(grid, cohort, years, *, known=False):
    """Averages of ATT(g, t) and their standard errors, by loops over cohorts and years (units x years; never = inf).

    Never-treated units compare, the base varies. Estimated shares of cohorts add to the influence of an average, except
    in the average over cohorts, whose shares count as known. With `known` they do in all averages.
    """
    units, never = len(grid), np.isinf(cohort)
    cells = []
    for group in sorted(set(cohort[~never])):
        for place, year in enumerate(years[1:], start=1):
            base = list(years).index(group) - 1 if year >= group else place - 1
            change, mine = grid[:, place] - grid[:, base], cohort == group
            spread = np.where(mine, (change - change[mine].mean()) / mine.mean(), 0.0)
            spread -= np.where(never, (change - change[never].mean()) / never.mean(), 0.0)
            cells.append((group, year, change[mine].mean() - change[never].mean(), spread))

    def shared(chosen):
        weight = np.array([(cohort == cell[0]).mean() for cell in chosen])
        effect = np.array([cell[2] for cell in chosen])
        average = weight @ effect / weight.sum()
        influence = sum(w * cell[3] for w, cell in zip(weight, chosen, strict=True)) / weight.sum()
        if known:
            return average, influence
        member = np.array([(cohort == cell[0]) - w for w, cell in zip(weight, chosen, strict=True)])
        return average, influence + (effect - average) @ member / weight.sum()

    def even(groups):
        parts = [shared(chosen) for chosen in groups if chosen]
        return np.mean([part[0] for part in parts]), np.mean([part[1] for part in parts], axis=0)

    since = sorted({year - group for group, year, _, _ in cells})
    after = [cell for cell in cells if cell[1] >= cell[0]]
    by_time = {time: [cell for cell in cells if cell[1] - cell[0] == time] for time in since}
    found = {
        "simple": shared(after),
        "dynamic_pre_avg": even([by_time[time] for time in since if time < 0]),
        "dynamic_post_avg": even([by_time[time] for time in since if time >= 0]),
        "calendar_avg": even([[cell for cell in after if cell[1] == year] for year in years]),
    }
    groups = sorted({cell[0] for cell in cells})
    size = np.array([(cohort == group).sum() for group in groups])
    own = [[cell for cell in after if cell[0] == group] for group in groups]
    effect = np.array([np.mean([cell[2] for cell in chosen]) for chosen in own])
    spread = np.array([np.mean([cell[3] for cell in chosen], axis=0) for chosen in own])
    found["group_avg"] = size @ effect / size.sum(), size @ spread / size.sum()
    return {name: (value, np.sqrt((influence**2).sum()) / units) for name, (value, influence) in found.items()}
