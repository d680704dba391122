"""What six valid tables need together, so that the book can be built: reported before anything runs."""

import pytest
import samples

from enclave import facts
from enclave.base import files, paths
from enclave.base.errors import EnclaveError
from enclave_book.build import steps
from enclave_registers.intake import cache, completeness
from enclave_registers.schema import TABLES
from enclave_registers.understood import lines


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
            samples.write(table, paths.registers("hand"), frame=(samples.complete() | replaced)[table])
        return completeness.check("hand")

    return check


def test_complete_tables_give_no_message(messages):
    assert messages() == []


@pytest.mark.parametrize(("table", "column"), completeness.DATED)
def test_years_without_a_record_are_listed(table, column, messages):
    frame = samples.complete()[table]
    period = completeness.DATED[table, column]
    frame.loc[3, column], frame.loc[5, column] = frame.loc[0, column], None if table != "land" else "1999-01-01"
    [message] = messages(**{table: frame})
    assert message.startswith(f'{table}, column "{column}": no record is dated {period[3]}, {period[5]}. ')


def test_stakes_in_unknown_firms_only_are_reported(messages):
    [message] = messages(shareholders=samples.complete()["shareholders"].assign(firm_id="02"))
    assert 'shareholders, column "firm_id": none of its values is in firms, column "firm_id"' in message


def test_industries_of_another_dictionary_are_reported(messages):
    [message] = messages(industries=samples.INDUSTRIES.assign(industry_id=["A1", "A2"]))
    assert message.startswith('firms, column "industry_id": none of its values is in industries')


def test_a_recipient_without_the_first_year_is_named_and_one_without_a_control_too(messages):
    yearbook = samples.complete()["yearbook"].astype(object)
    names = facts.cities().set_index("code")["name_zh"]
    first, second = yearbook["city"][:2]
    yearbook.loc[0, "year"] = "2001"
    yearbook.loc[1, "phones_10k"] = None
    year, phones = messages(yearbook=yearbook)
    assert year.startswith(f'yearbook, column "year": 2000 is missing for {names[first]}. ')
    assert phones.startswith(f'yearbook, column "phones_10k": 2000 is missing for {names[second]}. ')


def test_a_city_with_its_short_name_is_found(messages):
    short = facts.cities().set_index("code")["name_zh"].str.removesuffix("市")
    yearbook = samples.complete()["yearbook"]
    assert messages(yearbook=yearbook.assign(city=yearbook["city"].map(short))) == []


def test_tables_are_checked_together_only_if_each_is_valid(messages):
    stakes = samples.complete()["shareholders"].assign(firm_id="02", shareholder_type="x")
    [message] = messages(shareholders=stakes)
    assert "is not allowed here" in message


def test_the_list_of_treated_pairs_is_checked_with_the_tables(messages):
    files.write_text("helper,recipient,cohort,park\n440100,441499,2009,a\n", paths.registers("hand") / "treated.csv")
    [message] = messages()
    assert message.startswith('treated.csv, column "recipient", data row 1: ')


def test_the_check_says_what_the_list_of_treated_pairs_holds(messages):
    text = "helper,recipient,cohort,park\n440100,441400,2009,a\n440600,441800,2011,b\n440300,441500,2011,c\n"
    files.write_text(text, paths.registers("hand") / "treated.csv")
    assert messages() == []
    said = []
    assert completeness.check("hand", said.append) == []
    assert "treated.csv: 3 pairs, first treated in 2 different years from 2009 to 2011" in said


def test_a_build_refuses_what_the_check_refuses_in_the_same_words_and_stores_nothing(messages):
    found = messages(industries=samples.INDUSTRIES.assign(industry_id=["A1", "A2"]), land=plots_of_an_unknown_use())
    assert len(found) == 2
    with pytest.raises(EnclaveError) as caught:
        completeness.store("hand")
    assert str(caught.value).splitlines() == found
    assert not paths.validated("hand").exists()


def test_a_build_stores_what_the_check_finds_right(messages):
    assert messages() == []
    completeness.store("hand")
    assert {path.stem for path in paths.validated("hand").glob("*.parquet")} == {*TABLES, "repeated_firms"}


def plots_of_an_unknown_use():
    """Plots with a use that no list has."""
    return samples.complete()["land"].assign(land_use="月球用地")


def test_the_step_of_a_build_runs_the_check(messages):
    messages(industries=samples.INDUSTRIES.assign(industry_id=["A1", "A2"]))
    [step] = steps.validation("hand")
    with pytest.raises(EnclaveError, match=r"industry_id.*none of its values"):
        step.run(lambda line: None)
    assert paths.registers("hand") in [node.path for node in step.inputs]


def test_the_check_prints_one_table_of_what_it_understood(build_folder):
    said = []
    for table, frame in samples.complete().items():
        samples.write(table, paths.registers("hand"), frame=frame)
    completeness.check("hand", said.append)
    table = said[said.index(lines.TITLE) :]
    assert said.count(lines.TITLE) == 1
    assert len(table) > 40
    assert {line.split()[0] for line in table[1:]} == {*TABLES}
