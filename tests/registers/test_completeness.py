"""What six sound tables must hold together, so that the book can be built: told before anything runs."""

import pandas as pd
import pytest
import samples

from enclave import facts
from enclave.base import paths
from enclave.facts import city_codes
from enclave_registers.intake import completeness
from enclave_registers.schema import TABLES

CONTROLS = {"population_10k": "300", **dict.fromkeys(completeness.CONTROLS, "5")}


def yearly(table, column, period):
    """One record of the sample for each year."""
    first = samples.ALL[table].iloc[[0] * len(period)].reset_index(drop=True)
    return first.assign(**{column: [f"{year}-05-06" for year in period]})


def complete():
    """The samples, stretched until nothing is missing."""
    tables = dict(samples.ALL)
    for (table, column), period in completeness.DATED.items():
        tables[table] = yearly(table, column, period)
    numbers = [str(number) for number in range(100)]
    tables["branches"]["branch_id"] = numbers[: len(tables["branches"])]
    tables["land"]["supervision_number"] = [f"441802{number}" for number in numbers[: len(tables["land"])]]
    recipients = [{"city": code, "year": "2000", **CONTROLS} for code in city_codes("recipient")]
    return tables | {"yearbook": pd.DataFrame(recipients)}


@pytest.fixture
def told(tmp_path, monkeypatch):
    """A function that delivers the complete tables, some replaced, and returns what the check says."""
    monkeypatch.setattr(paths, "BUILD", tmp_path)

    def check(**replaced):
        for table in TABLES:
            samples.write(table, paths.registers("hand"), frame=(complete() | replaced)[table])
        return completeness.check("hand")

    return check


def test_complete_tables_pass(told):
    assert told() == []


@pytest.mark.parametrize(("table", "column"), completeness.DATED)
def test_years_without_a_record_are_listed(table, column, told):
    frame = complete()[table]
    period = completeness.DATED[table, column]
    frame.loc[3, column], frame.loc[5, column] = frame.loc[0, column], None if table != "land" else "1999-01-01"
    [fault] = told(**{table: frame})
    assert fault.startswith(f'{table}, column "{column}": no record is dated {period[3]}, {period[5]}. ')


def test_stakes_in_firms_that_nobody_knows_are_told_but_a_single_known_one_is_enough(told):
    stakes = complete()["shareholders"]
    [fault] = told(shareholders=stakes.assign(firm_id="02"))
    assert 'shareholders, column "firm_id": none of its values is in firms, column "firm_id"' in fault
    assert told(shareholders=stakes.assign(firm_id=["F1", *["02"] * (len(stakes) - 1)])) == []


def test_industries_of_another_dictionary_are_told(told):
    [fault] = told(industries=samples.INDUSTRIES.assign(industry_id=["A1", "A2"]))
    assert fault.startswith('firms, column "industry_id": none of its values is in industries')


def test_a_recipient_without_the_first_year_is_named_and_one_without_a_control_too(told):
    yearbook = complete()["yearbook"].astype(object)
    names = facts.cities().set_index("code")["name_zh"]
    first, second = yearbook["city"][:2]
    yearbook.loc[0, "year"] = "2001"
    yearbook.loc[1, "phones_10k"] = None
    year, phones = told(yearbook=yearbook)
    assert year.startswith(f'yearbook, column "year": 2000 is missing for {names[first]}. ')
    assert phones.startswith(f'yearbook, column "phones_10k": 2000 is missing for {names[second]}. ')


def test_a_city_spelt_by_its_short_name_is_found(told):
    short = facts.cities().set_index("code")["name_zh"].str.removesuffix("市")
    yearbook = complete()["yearbook"]
    assert told(yearbook=yearbook.assign(city=yearbook["city"].map(short))) == []


def test_tables_are_held_together_only_if_each_is_sound(told):
    stakes = complete()["shareholders"].assign(firm_id="02", shareholder_type="x")
    [fault] = told(shareholders=stakes)
    assert "is not allowed here" in fault
