"""Land grants -> area per county, inside or outside a co-built park, and year: the eight steps of section 5.1."""

import ibis
import pandas as pd
from ibis.expr.types import StringValue, Table

from enclave import facts
from enclave.base.errors import InputError, command
from enclave.base.terms import LAND_YEARS
from enclave.facts import city_codes
from enclave_registers.cleaning.city_from_text import normalise
from enclave_registers.cleaning.column_texts import WHOLE_CITY, industrial_land_uses, known_land_uses
from enclave_registers.cleaning.row_counts import RowCounts, drop_repeated_records, keep, left_join, still_in
from enclave_registers.validated import Raw

AREA = ["county", "park", "year"]
SMALLEST_PLOT_HA = 0.01
ALLOCATED = ["划拨", "划拨土地"]
PARK_WORD = "产业转移工业园"


def keep_recipients_and_period(plots: Table, raw: Raw) -> Table:
    """Grants of 2011 to 2020 in the 12 cities outside the delta (first step)."""
    plots = plots.mutate(county=county_code(plots), year=plots.signed_on.year().cast("int64"))
    in_city = plots.county.substr(0, 4).isin([code[:4] for code in city_codes("recipient")])
    return keep(plots, in_city, plots.year.between(LAND_YEARS[0], LAND_YEARS[-1]))


def drop_tiny_plots(plots: Table, raw: Raw) -> Table:
    """Plots under 0.01 hectares are errors of the register (second step)."""
    return keep(plots, plots.area_ha >= SMALLEST_PLOT_HA)


def keep_industrial_land(plots: Table, raw: Raw) -> Table:
    """Of the 12 classes of land use only industrial, mining and storage land hosts projects (third step)."""
    return keep(plots, normalise(plots.land_use).isin(sorted(industrial_land_uses())))


def drop_allocated_plots(plots: Table, raw: Raw) -> Table:
    """Allocated land goes to villages and park builders, not to firms (fourth step)."""
    return keep(plots, plots.supply_mode.notin(ALLOCATED))


def renew_county_codes(plots: Table, raw: Raw) -> Table:
    """County codes become those of 2020; a plot whose county has no such code is dropped (fifth step)."""
    counties = facts.counties()
    final = counties.assign(successor=counties["successor"].where(counties["successor"] != "", counties["code"]))
    final = final[["code", "successor"]].drop_duplicates("code").set_axis(["county", "current"], axis=1)
    renamed = left_join(plots, ibis.memtable(final.reset_index(drop=True)), "county")
    return keep(renamed.mutate(county=renamed.current), renamed.current.notnull()).drop("current")


def mark_parks(plots: Table, raw: Raw) -> Table:
    """A plot lies in a co-built park if its address says industrial transfer park (sixth step)."""
    return plots.mutate(park=normalise(plots.location).contains(PARK_WORD).fill_null(False).cast("int64"))


def drop_counties_without_park(plots: Table, raw: Raw) -> Table:
    """Counties that never granted land in a co-built park have no inside to compare (seventh step)."""
    inside = ibis.ifelse(still_in(plots), plots.park, 0)
    return keep(plots, inside.max().over(group_by=plots.county) == 1)


PLOT_STEPS = [
    keep_recipients_and_period,
    drop_tiny_plots,
    keep_industrial_land,
    drop_allocated_plots,
    renew_county_codes,
    mark_parks,
    drop_counties_without_park,
]
STEPS = [*PLOT_STEPS, drop_repeated_records]


def county_code(plots: Table) -> StringValue:
    """The code in the column, else the first six digits of the supervision number.

    The number also decides where the column has the code of its city alone (市本级), and not of a county.
    """
    column, number = plots.county_code, plots.supervision_number.substr(0, 6)
    of_city = column.substr(4, 2).isin(WHOLE_CITY) & (column.substr(0, 4) == number.substr(0, 4))
    return ibis.ifelse(column.isnull() | of_city, number, column)


def check_uses(plots: Table) -> None:
    """Raise InputError if a land use is not a class, a code or a label of the facts. No value is quoted."""
    unknown = plots.filter(normalise(plots.land_use).notin(sorted(known_land_uses())))
    count, texts = unknown.count().execute(), unknown.land_use.nunique().execute()
    if count:
        problem = f"Plots with a use that is no class of GB/T 21010 and no label of data/facts/land_uses.csv: {count}"
        remedy = f"Correct them, or add the labels to that file. {command('check', SOURCE='...')} lists them in a file."
        raise InputError("land", f"{problem} (different texts: {texts})", remedy, column="land_use")


def clean(raw: Raw, row_counts: RowCounts) -> pd.DataFrame:
    """Sums over county, park and year (eighth step): county (code of 2020), park (0/1), year, area_ha (hectares).

    Areas are added as decimals with six places, so that the sum does not depend on the order of the plots.
    """
    check_uses(raw.land)
    columns = ["supervision_number", *AREA, "area_ha"]
    plots = row_counts.run_in_one_query("land", raw.land, PLOT_STEPS, raw, columns)
    plots = row_counts.run("land", plots, [drop_repeated_records], raw)
    area = plots.area_ha.cast("decimal(18, 6)").sum().cast("float64")
    return plots.group_by(AREA).aggregate(area_ha=area).execute()
