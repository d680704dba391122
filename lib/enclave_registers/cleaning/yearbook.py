"""City yearbook -> the five control variables of equation (1), per recipient city and year."""

import pandas as pd
from ibis.expr.types import Table

from enclave.base.terms import CONTROLS, YEARS
from enclave.facts import city_numbers
from enclave_registers.cleaning.city_from_text import normalise, with_own_city
from enclave_registers.cleaning.row_counts import RowCounts, in_memory, keep
from enclave_registers.validated import Raw


def keep_recipients(yearbook: Table, raw: Raw) -> Table:
    """Only the 12 cities outside the delta enter the model, known by code or by current or former name.

    A row of a county-level city has the figures of that county, and is left out.
    """
    located = with_own_city(yearbook, normalise(yearbook.city), "recipient")
    return keep(located, located.recipient.isin(city_numbers("recipient")))


def keep_the_period(yearbook: Table, raw: Raw) -> Table:
    """Figures of 2000 to 2018."""
    return keep(yearbook, yearbook.year.between(YEARS[0], YEARS[-1]))


STEPS = [keep_recipients, keep_the_period]


def clean(raw: Raw, row_counts: RowCounts) -> pd.DataFrame:
    """One row per recipient and year: the five controls of Table 1 (yuan, yuan, users, beds, 10,000 tonnes).

    Population in 10,000 persons divides revenue and expenditure in 10,000 yuan, telephone users in 10,000, and beds.
    Missing values stay missing.
    """
    kept = in_memory(row_counts.run("yearbook", raw.yearbook, STEPS, raw), ["recipient", "year"])
    people = kept["population_10k"]
    panel = kept.assign(
        recipient=kept["recipient"].astype(str),
        revenue_per_capita=kept["revenue_10k_yuan"] / people,
        expenditure_per_capita=kept["expenditure_10k_yuan"] / people,
        phones_per_resident=kept["phones_10k"] / people,
        hospital_beds_per_10k=kept["hospital_beds"] / people,
    )
    return panel[["recipient", "year", *CONTROLS]]
