"""Yearbook figures with the means and standard deviations of Table 1, from given values of the year 2000.

The values of 2000 come from `controls`. From them each city's figures grow along a common path plus a deviation of the
city, both quadratic in time in logs. Damped Gauss-Newton steps find the smallest deviations that give the four printed
numbers of a variable. The figures are then rounded to whole numbers, and single ones are changed by units until the
printed digits are met.
"""

import numpy as np
import pandas as pd

from enclave import facts
from enclave.base.errors import EnclaveError
from enclave_twin.counts.yearbook import GAPS, POPULATION_GROWTH, YEARS, gap_rows

# variable: raw column, is it per head, level of 2000, its standard deviation between cities, growth per year in logs
VARIABLES = {
    "revenue_per_capita": ("revenue_10k_yuan", True, 330.0, 60.0, 0.110),
    "expenditure_per_capita": ("expenditure_10k_yuan", True, 720.0, 90.0, 0.135),
    "phones_per_resident": ("phones_10k", True, 0.34, 0.05, 0.060),
    "hospital_beds_per_10k": ("hospital_beds", True, 13.0, 2.2, 0.050),
    "freight_10k_tonnes": ("freight_10k_tonnes", False, 2800.0, 620.0, 0.075),
}
# Gauss-Newton steps, the share of each that is made, and the difference for numerical derivatives
STEPS = 60
DAMPING = 0.6
STEP = 1e-5
# how freely a city may leave the common path, relative to the common path itself
OWN = 0.3
# standard deviation of irregularities of a year, in logs
NOISE = 0.03
# most trials of changes by units, and the share of an interval that they aim at
ROUNDS = 60_000
INNER = 0.9


def figures(base: pd.DataFrame, kept: pd.DataFrame, targets: dict, rng: np.random.Generator) -> pd.DataFrame:
    """The yearbook of the recipients: recipient, year and whole raw figures, with the gaps that Table 1 counts.

    Parameters
    ----------
    base : raw figures of 2000 as `first_year` gives them, one row per recipient, sorted
    kept : one row per pair of the panel: recipient, treated (bool)
    targets : variable -> four intervals (low, high): mean and deviation of control, mean and deviation of treated rows
    rng : for irregularities and the choice of missing years

    Raises EnclaveError if a printed number is not met.
    """
    table = pd.DataFrame([(city, year) for city in base["recipient"] for year in YEARS], columns=["recipient", "year"])
    age = YEARS - YEARS[0]
    people = np.rint(np.outer(base["population_10k"], POPULATION_GROWTH**age))
    table["population_10k"] = people.astype(int).ravel()
    counts = kept.groupby("recipient")["treated"].agg(["size", "sum"]).reindex(base["recipient"])
    weights = np.stack([counts["size"] - counts["sum"], counts["sum"]]).astype(float)
    for name, (column, per_head, *_, growth) in VARIABLES.items():
        gaps = _gaps(column, table, kept, rng)
        unit = people if per_head else np.ones_like(people)
        rows = weights[:, :, None] * ~gaps[None]
        path = _smooth(base[column].to_numpy() / unit[:, 0], growth, rows, targets[name], rng)
        whole = _settled(np.rint(path * unit), unit, rows, targets[name], rng, name)
        table[column] = pd.array(whole.ravel().astype(int), dtype="Int64")
        table.loc[gaps.ravel(), column] = pd.NA
    return table


def first_year(scores: np.ndarray, recipients: list[str]) -> pd.DataFrame:
    """Raw whole figures of 2000 from scores (recipients x variables, about -2 to 2), one row per recipient.

    Populations are published ones, or follow from the published one of a later year.
    """
    table = pd.DataFrame({"recipient": recipients, "population_10k": np.rint(_people().loc[recipients].to_numpy())})
    for score, (column, per_head, level, spread, _) in zip(scores.T, VARIABLES.values(), strict=True):
        table[column] = np.rint((level + spread * score) * (table["population_10k"] if per_head else 1))
    return table.astype({column: int for column in table if column != "recipient"})


def _people() -> pd.Series:
    """Population of each recipient in 2000, in 10,000 persons: published, or from the first later year that is."""
    known = facts.recipient_levels().query("measure == 'population_10k'").sort_values("year").drop_duplicates("code")
    return (known["value"] * POPULATION_GROWTH ** (YEARS[0] - known["year"])).set_axis(known["code"])


def ratios(base: pd.DataFrame) -> np.ndarray:
    """The five controls of 2000 (recipients x variables) that follow from raw whole figures."""
    people = base["population_10k"].to_numpy(float)
    return np.column_stack([base[c].to_numpy(float) / (people if per else 1) for c, per, *_ in VARIABLES.values()])


def _gaps(column: str, table: pd.DataFrame, kept: pd.DataFrame, rng) -> np.ndarray:
    """Mask of the missing figures (cities x years)."""
    missing = GAPS.get(column)
    shape = (table["recipient"].nunique(), len(YEARS))
    return gap_rows(table, kept, missing, rng).reshape(shape) if missing else np.zeros(shape, bool)


def _moments(values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Mean and standard deviation of control rows, then of treated rows.

    rows : number of pair-years by group, city and year
    """
    found = []
    for count in rows:
        n = count.sum()
        mean = (count * values).sum() / n
        found += [mean, np.sqrt((count * (values - mean) ** 2).sum() / (n - 1))]
    return np.array(found)


def _smooth(start: np.ndarray, growth: float, rows: np.ndarray, targets, rng) -> np.ndarray:
    """Paths (cities x years) with the wanted moments, as near to common growth as possible."""
    tau = (YEARS - YEARS[0]) / (len(YEARS) - 1)
    noise = rng.normal(0, NOISE, (len(start), len(YEARS))) * (tau > 0)
    middle = np.array([sum(interval) / 2 for interval in targets])

    def path(bend):
        own = bend[2:].reshape(2, -1)
        log = (bend[0] + own[0])[:, None] * tau + (bend[1] + own[1])[:, None] * tau**2
        return start[:, None] * np.exp(growth * (len(YEARS) - 1) * tau + log + noise)

    bend = np.zeros(2 + 2 * len(start))
    scale = np.concatenate([np.ones(2), np.full(2 * len(start), OWN)])
    for _ in range(STEPS):
        here = np.log(_moments(path(bend), rows))
        slopes = [np.log(_moments(path(bend + step), rows)) - here for step in STEP * np.eye(len(bend))]
        slopes = np.array(slopes).T / STEP
        # the smallest deviations with the wanted moments, and not the smallest change of the last ones
        wanted = scale * np.linalg.lstsq(slopes * scale, np.log(middle) - here + slopes @ bend, rcond=None)[0]
        bend = bend + DAMPING * (wanted - bend)
    return path(bend)


def _settled(whole: np.ndarray, unit: np.ndarray, rows: np.ndarray, targets, rng, name: str) -> np.ndarray:
    """Whole figures, changed by units except in 2000 until every moment is in its interval."""
    low, high = np.array(targets).T
    half = (high - low) / 2

    def away(figures):
        found = _moments(figures / unit, rows)
        return np.maximum(0, np.abs(found - (low + high) / 2) / half - INNER).sum()

    best = away(whole)
    for _ in range(ROUNDS):
        if best == 0:
            return whole
        trial = whole.copy()
        city, year = rng.integers(whole.shape[0]), rng.integers(1, whole.shape[1])
        trial[city, year] += rng.choice([-2, -1, 1, 2])
        now = away(trial)
        if now < best:
            whole, best = trial, now
    raise EnclaveError(f"No whole figures give the printed moments of {name}. Try another seed.")
