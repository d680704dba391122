"""All printed numbers of Tables 1 to 5 from a folder of target counts, with NumPy and nothing of the package.

The only inputs are files of `data/`: the counts, a list of treated pairs, the distances, the printed numbers.
"""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import plain

DATA = Path(__file__).resolve().parents[2] / "data"
PAIR = ["helper", "recipient"]
RATIOS = {
    "revenue_per_capita": "revenue_10k_yuan",
    "expenditure_per_capita": "expenditure_10k_yuan",
    "phones_per_resident": "phones_10k",
    "hospital_beds_per_10k": "hospital_beds",
}
MEASURES = ["boundary", "centroid", "prd_centroid", "prd_boundary"]
AVERAGES = {"simple": 1, "dynamic_pre_avg": 2, "dynamic_post_avg": 2, "calendar_avg": 3, "group_avg": 4}


def treated(folder):
    """Cohorts by pair: the list in the folder, or that of the facts, where cities have names."""
    own = folder / "treated.csv"
    if own.exists():
        return pd.read_csv(own, dtype=dict.fromkeys(PAIR, str)).set_index(PAIR)["cohort"].astype(float)
    codes = pd.read_csv(DATA / "facts" / "cities.csv", dtype=str).set_index("name")["code"]
    table = pd.read_csv(DATA / "facts" / "treated.csv")
    keys = pd.MultiIndex.from_arrays([table["helper_city"].map(codes), table["recipient_city"].map(codes)], names=PAIR)
    return pd.Series(table["cohort"].to_numpy(float), index=keys)


def yearbook(folder):
    """Five figures by recipient and year."""
    raw = pd.read_csv(folder / "yearbook.csv", dtype={"recipient": str})
    ratios = {name: raw[level] / raw["population_10k"] for name, level in RATIOS.items()}
    return raw[["recipient", "year", "freight_10k_tonnes"]].assign(**ratios)


def cells(folder, name):
    """One row per linked pair and year, with cohort, treatment, log and yearbook figures."""
    counts = pd.read_csv(folder / f"{name}.csv", dtype=dict.fromkeys(PAIR, str))
    pairs = counts[PAIR].drop_duplicates().merge(pd.DataFrame({"year": range(2000, 2019)}), how="cross")
    made = pairs.merge(counts, on=[*PAIR, "year"], how="left").fillna({"count": 0}).sort_values([*PAIR, "year"])
    cohort = treated(folder).reindex(pd.MultiIndex.from_frame(made[PAIR])).to_numpy()
    made = made.assign(cohort=cohort).merge(yearbook(folder), on=["recipient", "year"], how="left")
    return made.assign(log=np.log(1 + made["count"]), treat=(made["year"] >= made["cohort"]).astype(float))


def controls(folder, rows):
    """Values of 2000 crossed with years, one column each."""
    base = yearbook(folder).query("year == 2000").drop(columns="year").set_index("recipient")
    base = (base - base.mean()) / base.std()
    return plain.crossed(base.loc[rows["recipient"]], rows["year"])


def values(folder):
    """(table, column, row, statistic) -> value, for every printed cell."""
    made = cells(folder, "manufacturing")
    found = _table_1(made) | _table_3(made)
    for column in range(1, 5):
        found |= _column(2, column, folder, made, "count" if column < 3 else "log")
    for column in range(1, 9):
        found |= _column(4, column, folder, made, "count", MEASURES[(column - 1) // 2])
    for first, name in ((1, "all_industry"), (5, "branches")):
        rows = cells(folder, name)
        for place in range(4):
            found |= _column(5, first + place, folder, rows, "count" if place < 2 else "log")
    return found


def _table_1(made):
    found, names = {}, {"investments": "count", "log_investments": "log"}
    for column, group in (("treated", made[made["cohort"].notna()]), ("control", made[made["cohort"].isna()])):
        for row in ["investments", "log_investments", *RATIOS, "freight_10k_tonnes"]:
            kept = group[names.get(row, row)].dropna().to_numpy(float)
            numbers = {"n": len(kept), "mean": kept.sum() / len(kept), "sd": np.std(kept, ddof=1)}
            found |= {("1", column, row, statistic): value for statistic, value in numbers.items()}
    return found


def _table_3(made):
    wide = made.pivot(index=PAIR, columns="year", values="count")
    cohort = made.groupby(PAIR)["cohort"].first().fillna(np.inf).to_numpy(float)
    averages = plain.group_time_averages(wide.to_numpy(float), cohort, wide.columns.to_numpy())
    found = {}
    for row, column in AVERAGES.items():
        for statistic, value in zip(("estimate", "std_error"), averages[row], strict=True):
            found["3", str(column), row, statistic] = value
    return found


def _column(table, column, folder, rows, outcome, measure=None):
    terms, names = [rows["treat"]], ["treat"]
    if measure:
        km = pd.read_csv(DATA / "facts" / "distances.csv", dtype=dict.fromkeys(PAIR, str)).set_index(PAIR)
        own = km[f"dist_{measure}_km"].loc[pd.MultiIndex.from_frame(rows[PAIR])].to_numpy()
        terms, names = [*terms, rows["treat"] * own], [*names, f"treat_x_distance_{measure}"]
    more = controls(folder, rows) if column % 2 == 0 else []
    estimates, errors, r2 = plain.twfe(rows[outcome], terms + more, rows["helper"] + rows["recipient"], rows["year"])
    found = {(str(table), str(column), "model", "r2"): r2, (str(table), str(column), "model", "n"): len(rows)}
    for place, name in enumerate(names):
        found[str(table), str(column), name, "estimate"] = estimates[place]
        found[str(table), str(column), name, "std_error"] = errors[place]
    return found


def graded(folder):
    """Table, units of the last printed digit away, and share away, of each printed cell."""
    printed = pd.read_csv(DATA / "published" / "published.csv", dtype=str, keep_default_na=False)
    found, rows = values(folder), []
    for cell in printed.itertuples():
        value = found[cell.table, cell.column, cell.row, cell.statistic]
        away = abs(Fraction(repr(float(value))) - Fraction(cell.printed))
        unit = Fraction(1, 10 ** int(cell.decimals))
        rows.append((cell.table, float(away / unit), float(away / abs(Fraction(cell.printed) or 1)), value))
    return printed.assign(**dict(zip(["of", "units", "share", "value"], zip(*rows, strict=True), strict=True)))
