"""Balanced panels: every unit has a row in every year. Source: notes 3 and 4 of section 4.1 of Tang & Zhang (2024)."""

import numpy as np
import pandas as pd

from enclave import facts
from enclave.base.arguments import refuse_no_table
from enclave.base.errors import EnclaveError
from enclave.base.terms import DISTANCES, LAND_YEARS, PAIR, YEARS
from enclave.estimators.panel_checks import cohort_values
from enclave.facts import treated_pairs


def pairs(treated: pd.DataFrame | None = None) -> pd.DataFrame:
    """The 108 pairs with a list of treated ones (`treated_pairs.by_rule` by default), sorted.

    Columns: helper, recipient, cohort and park (missing = never treated), the four distances of Table 4 in km. Raises
    EnclaveError for a cohort that is no year.
    """
    treated = treated_pairs.by_rule() if treated is None else treated
    every = facts.distances().merge(treated, on=PAIR, how="left", validate="1:1")
    first = cohort_values(every, "cohort", YEARS[0], PAIR)
    every["cohort"] = first.where(np.isfinite(first)).astype("Int64")
    return every[[*PAIR, "cohort", "park", *DISTANCES]].sort_values(PAIR, ignore_index=True)


def balanced(cells: pd.DataFrame, **levels) -> pd.DataFrame:
    """One row per combination of the `levels` (column = its values), sorted by them; zero where `cells` has no row.

    The values keep their types. Rows of `cells` outside the levels are left out. Raises EnclaveError without levels or
    for a column that is missing, and pandas.errors.MergeError if two rows of `cells` have the same levels.
    """
    keys = list(levels)
    if not keys:
        raise EnclaveError("No level was given. Name each column with its values, such as year=panels.YEARS.")
    refuse_no_table("The table to fill", cells, keys)
    every = pd.MultiIndex.from_product(levels.values(), names=keys).to_frame(index=False)
    filled = every.merge(cells, on=keys, how="left", validate="1:1")
    values = cells.columns.difference(keys)
    return filled.fillna(dict.fromkeys(values, 0)).astype(cells.dtypes.to_dict())


def fill_years_without_link(cells: pd.DataFrame) -> pd.DataFrame:
    """Counts of the 108 pairs in every year from 2000 to 2018; zero where `cells` has no link (note 4).

    `cells` has helper, recipient, year and count.
    """
    return balanced(cells, helper=facts.city_codes("helper"), recipient=facts.city_codes("recipient"), year=YEARS)


def drop_pairs_never_linked(panel: pd.DataFrame) -> pd.DataFrame:
    """The panel without pairs whose `count` is zero in all years (note 3)."""
    return panel[panel.groupby(PAIR)["count"].transform("sum") > 0].reset_index(drop=True)


def fill_directed_pairs(cells: pd.DataFrame) -> pd.DataFrame:
    """Counts of every ordered pair of two of the 21 cities (investor, investee) in every year from 2000 to 2018."""
    filled = balanced(cells, investor=facts.city_codes(), investee=facts.city_codes(), year=YEARS)
    return filled[filled["investor"] != filled["investee"]].reset_index(drop=True)


def fill_years_without_grant(areas: pd.DataFrame) -> pd.DataFrame:
    """Areas inside and outside the parks of each county in every year from 2011 to 2020 (eighth step of section 5.1).

    `areas` has county, park (0 or 1), year and area_ha. The result also has `log_area`, which is ln(1 + area_ha).
    Raises EnclaveError for a column that is missing.
    """
    refuse_no_table("The table to fill", areas, ["county", "park", "year", "area_ha"])
    panel = balanced(areas, county=sorted(areas["county"].unique()), park=[0, 1], year=LAND_YEARS)
    return panel.assign(log_area=np.log1p(panel["area_ha"]))


def fill_years_elsewhere(areas: pd.DataFrame) -> pd.DataFrame:
    """Areas of counties without a park in every year from 2011 to 2020; zero where `areas` has no grant.

    `areas` has county, year and area_ha, and may be empty. Raises EnclaveError for a column that is missing.
    """
    refuse_no_table("The table to fill", areas, ["county", "year", "area_ha"])
    typed = areas.astype({"county": str, "year": "int64", "area_ha": float})
    return balanced(typed, county=sorted(typed["county"].unique()), year=LAND_YEARS)
