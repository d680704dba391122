"""Chapter 15. Industrial land in hectares when sharing ended and when it was restored, by Poisson models.

Inside parks against outside in the same county, and each side against counties without a park. Each change has a base
of its own. The year 2013, in whose July sharing ended, is in no comparison.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from enclave.base.arguments import takes_tables
from enclave.base.errors import EnclaveError
from enclave.estimators import land_poisson
from enclave.panels import Panels

SHARED, WITHOUT, AGAIN = (2011, 2012), (2014, 2015, 2016), (2017, 2018, 2019, 2020)
# change -> years after it and years before it
CHANGES = {"ended": (WITHOUT, SHARED), "restored": (AGAIN, WITHOUT), "both": (AGAIN, SHARED)}
WITHIN = "inside against outside"
# comparison with counties without a park -> side
AGAINST = {
    "inside against elsewhere": "inside",
    "outside against elsewhere": "outside",
    "county against elsewhere": "county",
}
ALL, EARLY = "all", "grant inside by 2012"
# smaller p values are not spelt out
LEAST = 0.001
SHOWN = ["counties", "comparison", "change", *land_poisson.KEPT[:5], "by_hand", "with_park", "without_park"]


@takes_tables
def make(panels: Panels) -> pd.DataFrame:
    """One row per set of counties, comparison and change.

    counties, comparison, change, estimate (log factor), std_error, p_value, conf_low, conf_high, by_hand (the same from
    four sums, where the model allows it), with_park and without_park (numbers of counties). Comparisons with counties
    without a park are missing if there is none; numbers are missing where there is no finite estimate.
    """
    land, elsewhere = panels.land, panels.land_elsewhere
    rows = _comparisons(ALL, land, elsewhere, list(AGAINST))
    rows += _comparisons(EARLY, operating(land), elsewhere, list(AGAINST)[:1])
    made = pd.DataFrame(rows).reindex(columns=SHOWN).astype({"with_park": "Int64", "without_park": "Int64"})
    made.attrs["source"] = panels.source
    return made


def operating(land: pd.DataFrame, last: int = SHARED[-1]) -> pd.DataFrame:
    """The rows of counties with a grant inside by the year `last`: their park is no birth of later years."""
    early = land[(land["park"] == 1) & (land["year"] <= last)].groupby("county")["area_ha"].sum()
    return land[land["county"].isin(early.index[early > 0])].reset_index(drop=True)


def _comparisons(counties: str, land: pd.DataFrame, elsewhere: pd.DataFrame, others: list[str]) -> list[dict]:
    rows = []
    for change, (years, base) in CHANGES.items():
        named = {"counties": counties, "change": change}
        rows.append(named | {"comparison": WITHIN} | _found(land_poisson.within, land, years, base))
        for name in others if len(elsewhere) else []:
            given = (land, elsewhere, years, base)
            found = _found(land_poisson.against, *given, side=AGAINST[name])
            if found:
                found["by_hand"] = land_poisson.ratio_of_sums(*given, side=AGAINST[name])
            rows.append(named | {"comparison": name} | found)
    return rows


def _found(estimate: Callable[..., pd.Series], *given, **named) -> dict:
    """The numbers of an estimate, or none if it has no finite value."""
    try:
        found = estimate(*given, **named)
    except EnclaveError:
        return {}
    return found.rename({"counties": "with_park", "controls": "without_park"}).to_dict()


@takes_tables
def said(made: pd.DataFrame, comparison: str, change: str, counties: str = ALL) -> str:
    """One estimate of `make` in words: the change in per cent, its 95 per cent interval and p value."""
    row = made.set_index(["counties", "comparison", "change"]).reindex([(counties, comparison, change)]).iloc[0]
    if pd.isna(row["estimate"]):
        return "has no estimate"
    moved, low, high = (100 * np.expm1(float(row[name])) for name in ("estimate", "conf_low", "conf_high"))
    chance = f"p = {row['p_value']:.3f}" if row["p_value"] >= LEAST else f"p below {LEAST}"
    return f"changes by {moved:+.0f} per cent ({low:+.0f} to {high:+.0f}; {chance})"
