"""The counties with a co-built park, and the first year that documents of the park name."""

import pandas as pd

from enclave.facts.tables import counties, parks
from enclave.facts.treated_pairs import MILESTONES


def first_years() -> pd.Series:
    """First documented year of a park by county (code of 2020), sorted; missing for parks without a date.

    A park without a county is placed in the first county of its city, if no other county of the city has a park. The
    year is that of the earliest milestone of all parks of the county, so that a park may be older.
    """
    known = parks()
    known["year"] = known[list(MILESTONES)].apply(lambda dates: pd.to_numeric(dates.str[:4])).min(axis=1)
    places = counties()
    places["current"] = places["successor"].where(places["successor"] != "", places["code"])
    places["stem"] = places["name_zh"].str.replace("(市|区|县)$", "", regex=True)
    places = places[places["name_zh"] != "城区"]
    named = known[["recipient", "recipient_unit_zh", "year"]].merge(places, left_on="recipient", right_on="city")
    fits = [stem in unit for stem, unit in zip(named["stem"], named["recipient_unit_zh"], strict=True)]
    named = named[fits]
    own = named.groupby("current")["year"].min()
    first = places.loc[places["successor"] == ""].groupby("city")["code"].min()
    others = known[~known["recipient"].isin(named["recipient"])].groupby("recipient")["year"].min()
    without_county = others.rename(index=first)
    return pd.concat([own, without_county]).sort_index().rename("year").rename_axis("county")
