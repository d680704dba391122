"""What six valid tables need together, so that the book can be built: reported before anything runs."""

import pandas as pd
import pytest
import samples

from enclave import facts
from enclave.base import paths
from enclave.facts import city_codes
from enclave_registers.intake import cache, completeness
from enclave_registers.schema import TABLES

CONTROLS = {
    "population_10k": "300",
    "revenue_10k_yuan": "120000",
    "expenditure_10k_yuan": "240000",
    "phones_10k": "60",
    "hospital_beds": "6000",
    "freight_10k_tonnes": "3000",
}


def yearly(table, column, period):
    """One record of the sample for each year."""
    first = samples.ALL[table].iloc[[0] * len(period)].reset_index(drop=True)
    return first.assign(**{column: [f"{year}-05-06" for year in period]})


def complete():
    """The samples, extended until nothing is missing."""
    tables = dict(samples.ALL)
    for (table, column), period in completeness.DATED.items():
        tables[table] = yearly(table, column, period)
    numbers = [str(number) for number in range(100)]
    tables["branches"]["branch_id"] = numbers[: len(tables["branches"])]
    tables["land"]["supervision_number"] = [f"441802{number}" for number in numbers[: len(tables["land"])]]
    recipients = [{"city": code, "year": "2000", **CONTROLS} for code in city_codes("recipient")]
    return tables | {"yearbook": pd.DataFrame(recipients)}


@pytest.fixture(scope="module")
def shared_cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def messages(tmp_path, monkeypatch, shared_cache):
    """A function that delivers the complete tables, some replaced, and returns the messages of the check.

    The cache is kept from test to test, so that only replaced tables are read again.
    """
    monkeypatch.setattr(paths, "BUILD", tmp_path)
    monkeypatch.setattr(paths, "intake_cache", lambda source: shared_cache)
    monkeypatch.setattr(cache, "KEEP_FROM", 0)

    def check(**replaced):
        for table in TABLES:
            samples.write(table, paths.registers("hand"), frame=(complete() | replaced)[table])
        return completeness.check("hand")

    return check


def test_complete_tables_give_no_message(messages):
    assert messages() == []


@pytest.mark.parametrize(("table", "column"), completeness.DATED)
def test_years_without_a_record_are_listed(table, column, messages):
    frame = complete()[table]
    period = completeness.DATED[table, column]
    frame.loc[3, column], frame.loc[5, column] = frame.loc[0, column], None if table != "land" else "1999-01-01"
    [message] = messages(**{table: frame})
    assert message.startswith(f'{table}, column "{column}": no record is dated {period[3]}, {period[5]}. ')


def test_stakes_in_unknown_firms_only_are_reported(messages):
    [message] = messages(shareholders=complete()["shareholders"].assign(firm_id="02"))
    assert 'shareholders, column "firm_id": none of its values is in firms, column "firm_id"' in message


def test_industries_of_another_dictionary_are_reported(messages):
    [message] = messages(industries=samples.INDUSTRIES.assign(industry_id=["A1", "A2"]))
    assert message.startswith('firms, column "industry_id": none of its values is in industries')


def test_a_recipient_without_the_first_year_is_named_and_one_without_a_control_too(messages):
    yearbook = complete()["yearbook"].astype(object)
    names = facts.cities().set_index("code")["name_zh"]
    first, second = yearbook["city"][:2]
    yearbook.loc[0, "year"] = "2001"
    yearbook.loc[1, "phones_10k"] = None
    year, phones = messages(yearbook=yearbook)
    assert year.startswith(f'yearbook, column "year": 2000 is missing for {names[first]}. ')
    assert phones.startswith(f'yearbook, column "phones_10k": 2000 is missing for {names[second]}. ')


def test_a_city_with_its_short_name_is_found(messages):
    short = facts.cities().set_index("code")["name_zh"].str.removesuffix("市")
    yearbook = complete()["yearbook"]
    assert messages(yearbook=yearbook.assign(city=yearbook["city"].map(short))) == []


def test_tables_are_checked_together_only_if_each_is_valid(messages):
    stakes = complete()["shareholders"].assign(firm_id="02", shareholder_type="x")
    [message] = messages(shareholders=stakes)
    assert "is not allowed here" in message
