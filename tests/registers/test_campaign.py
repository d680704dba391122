"""The campaign of damage: no mutation shows a fault of the book, and a fault of the book is shown."""

import json
from dataclasses import replace

import pandas as pd
import plain_cleaning
import plain_reading
import pytest

from campaign import judge, messages, mutation, outcomes, registers, run, touched
from campaign.delivery import lay_out
from campaign.kinds import KINDS, cell_kinds
from enclave.base import paths
from enclave.base.errors import EnclaveError, InputError
from enclave_book.pages import campaign as page
from enclave_registers.cleaning import column_texts, pipeline
from enclave_registers.intake import cache, completeness
from enclave_registers.intake.values import place_names
from enclave_registers.intake.values.industry_codes import usual_code

SEED = 11
PARTS, EACH, DAILY = 10, 4, 3
# a number that no other part shares is taken from each tenth of the kinds
NUMBERS = [round(place * len(KINDS) / (PARTS * EACH)) for place in range(PARTS * EACH)]
LONGER = 300


@pytest.fixture(scope="module", autouse=True)
def _build_folder(tmp_path_factory):
    """The campaign's own place for everything that is made; the sound deliveries in it are run once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paths, "BUILD", tmp_path_factory.mktemp("campaign"))
        judge.sound.cache_clear()
        for shape in (*registers.SHAPES, registers.FORMATS):
            judge.sound(shape)
        yield
        judge.sound.cache_clear()


def of_kind(name, seed=SEED, shape=None):
    """The first mutation of a kind, in one of the shapes if it matters."""
    number = [kind.name for kind in KINDS].index(name)
    while (made := mutation.drawn(KINDS, seed, number)).shape != (shape or made.shape):
        number += len(KINDS)
    return made


# each day the first parts, the others with the slow tests
@pytest.mark.parametrize(
    "part", [pytest.param(part, marks=[pytest.mark.slow] if part >= DAILY else []) for part in range(PARTS)]
)
def test_a_short_campaign_finds_no_fault(part):
    found = [run.outcome(SEED, number) for number in NUMBERS[part::PARTS]]
    assert [run.described(SEED, row) for row in found if run.is_fault(row)] == []


@pytest.mark.campaign
def test_a_longer_campaign_finds_no_fault():
    found = run.run(SEED + 1, range(LONGER), print)
    assert [run.described(SEED + 1, row) for row in found if run.is_fault(row)] == []
    assert {row["outcome"] for row in found} >= {outcomes.REFUSED, outcomes.SAME, outcomes.SILENT}


def test_a_mutation_leaves_the_size_from_which_caches_are_kept_as_it_was():
    former = cache.KEEP_FROM
    verdict(KINDS[0].name)
    assert cache.KEEP_FROM == former > 0


def test_the_same_number_gives_the_same_damage_and_another_seed_another():
    one, again, other = (mutation.drawn(KINDS, seed, 0).change for seed in (1, 1, 2))
    assert one == again
    assert one.files != other.files


def test_each_kind_has_its_own_name_and_finds_a_place():
    assert len({(kind.group, kind.name) for kind in KINDS}) == len(KINDS)
    for number, kind in enumerate(KINDS):
        assert mutation.drawn(KINDS, SEED, number).kind is kind


@pytest.mark.parametrize("shape", registers.SHAPES)
def test_the_second_program_reads_the_tables_that_the_intake_reads(shape, tmp_path):
    lay_out(registers.delivery(shape).files, tmp_path)
    base = judge.sound(shape)
    for table, frame in plain_reading.read(tmp_path).items():
        stored = pd.read_parquet(paths.validated(base.source) / f"{table}.parquet")
        dates = dict.fromkeys(stored.select_dtypes("datetime"), "datetime64[s]")
        pd.testing.assert_frame_equal(frame, stored.astype(dates), obj=table)


@pytest.mark.parametrize("text", [*cell_kinds.CITIES, "440101", "Guangzhou City", "韶关市曲江区", "广东韶关市"])
def test_the_second_program_knows_the_spellings_of_cities(text):
    [read] = place_names.usual_cities(pd.Series([text], dtype="str"))
    assert plain_cleaning.normal(plain_reading.city(text)) == plain_cleaning.normal(read)


@pytest.mark.parametrize("text", [*cell_kinds.PROVINCES, "湖南省长沙市", "43", "4300", "湘", "Hunan", "某省", "湖南"])
def test_the_second_program_knows_the_spellings_of_provinces(text):
    [read] = place_names.usual_provinces(pd.Series([text], dtype="str"))
    assert plain_cleaning.normal(plain_reading.province(text)) == plain_cleaning.normal(read)


@pytest.mark.parametrize(
    "text", ["c1310", "C-13", "GB1310", "C农副食品加工业", "制造业", "C", "13.0", "1 3", "013", "C13.1"]
)
def test_the_second_program_knows_the_spellings_of_industry_codes(text):
    sections = [column_texts.section(2011, read) for read in (plain_reading.industry(text), usual_code(text, 2011))]
    assert sections[0] == sections[1] != ""


def test_a_text_table_is_written_as_it_was_read():
    for name, sheet in registers.delivery(registers.PLAIN).sheets.items():
        assert sheet.bytes() == registers.delivery(registers.PLAIN).files[name]


# a fault of the book is seen


def verdict(name, **given):
    return judge.judge(of_kind(name, **given))


@pytest.fixture(scope="module")
def a_lost_stake():
    """A mutation that loses the only record of a link in manufacturing from the delta to another city."""
    base, delivery = judge.sound(registers.PLAIN), registers.delivery(registers.PLAIN)
    sheet = delivery.sheets["shareholders.csv"]
    row = stake_that_counts(base)
    files = delivery.with_sheet("shareholders.csv", sheet.with_rows(sheet.rows[:row] + sheet.rows[row + 1 :]))
    kind = next(kind for kind in KINDS if kind.name == "a record lost")
    return mutation.Mutation(0, kind, registers.PLAIN, mutation.Change(files, f"shareholders.csv, data row {row + 1}"))


def stake_that_counts(base):
    """The row of a stake that is a link in manufacturing, delivered once."""
    reader, master = plain_cleaning.Reader(), set(base.tables["firms"]["firm_id"])
    firms = plain_cleaning.located(base.tables["firms"], reader)
    seats = dict(zip(firms["firm_id"], firms["seat"], strict=True))
    links = plain_cleaning.links(base.tables, firms, master, seats, reader).query("section == 'C'")
    stakes = base.tables["shareholders"]
    keys = ["firm_id", "shareholder_name", "invested_on"]
    alone = stakes[~stakes.duplicated(keys, keep=False)].reset_index()
    roles = plain_cleaning.facts("cities").set_index("code")["role"]
    between = links[(links["investor"].map(roles) == "helper") & (links["investee"].map(roles) == "recipient")]
    return int(alone.merge(between[keys], on=keys)["index"].iloc[0])


def test_panels_that_nothing_explains_are_seen(monkeypatch, a_lost_stake):
    clean = pipeline.clean

    def wrong(*given):
        made = clean(*given)
        made["network"].loc[0, "count"] += 1
        return made

    found = judge.judge(a_lost_stake)
    assert found.outcome in (outcomes.SILENT, outcomes.TOLD)
    assert found.cells["network"] == 1
    monkeypatch.setattr(pipeline, "clean", wrong)
    assert judge.judge(a_lost_stake).outcome == outcomes.UNEXPLAINED


def test_a_change_that_the_book_does_not_see_is_seen(monkeypatch, a_lost_stake):
    monkeypatch.setattr(judge, "_same_tables", lambda source, base: True)
    assert judge.judge(a_lost_stake).outcome == outcomes.IGNORED


def test_more_records_than_the_mutation_touched_are_no_explanation(a_lost_stake):
    found = judge.judge(replace(a_lost_stake, kind=replace(a_lost_stake.kind, reach=0)))
    assert found.outcome == outcomes.UNEXPLAINED
    assert found.detail == "1 records read otherwise"


def test_a_cell_that_no_changed_record_touches_is_no_explanation(monkeypatch, a_lost_stake):
    monkeypatch.setattr(touched, "cells", lambda *given: set())
    assert "no changed record touches" in judge.judge(a_lost_stake).detail


def raising(error):
    def check(*given):
        raise error

    return check


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (ValueError("no message of ours"), outcomes.CRASH),
        (EnclaveError("wrong"), outcomes.MESSAGE),
        (InputError("firms.csv", "the firm 佳和有限公司 is strange", "Correct it."), outcomes.MESSAGE),
        (InputError("firms.csv", "is strange", "Correct it.", row=700_000), outcomes.MESSAGE),
        (InputError("firms.csv", "is strange", "Correct it."), outcomes.REFUSED),
    ],
)
def test_a_message_has_a_place_and_a_remedy_and_no_value(monkeypatch, error, outcome):
    made = of_kind("a date in another form")
    judge.sound(made.shape).private.add("佳和有限公司")
    monkeypatch.setattr(completeness, "check", raising(error))
    assert judge.judge(made).outcome == outcome
    judge.sound(made.shape).private.discard("佳和有限公司")


def test_an_error_that_only_the_build_finds_is_late(monkeypatch):
    monkeypatch.setattr(judge.validate, "store", raising(InputError("firms.csv", "is strange", "Correct it.")))
    assert verdict("a record moved").outcome == outcomes.LATE


def test_a_value_that_no_province_has_is_evident():
    tables = judge.sound(registers.PLAIN).tables
    none = {table: frame.iloc[:0] for table, frame in tables.items()}
    one = tables["firms"].head(1)
    assert judge.evident.reason(none | {"firms": one.assign(province="湖南省")}) == ""
    assert "province" in judge.evident.reason(none | {"firms": one.assign(province="某省")})
    assert "identifier" in judge.evident.reason(none | {"firms": one.assign(firm_id="G0\u200b1")})
    entry = tables["industries"].query("standard == 2011").head(1)
    assert judge.evident.reason(none | {"industries": entry.assign(code="C1310")}) == ""
    assert "division" in judge.evident.reason(none | {"industries": entry.assign(code="99999999999")})


# what is kept and shown


ROW = {"group": "cells", "kind": "a cell emptied", "shape": "plain", "where": "firms.csv", "detail": "", "cells": {}}


def rows():
    return [
        ROW | {"number": 0, "outcome": outcomes.REFUSED},
        ROW | {"number": 1, "outcome": outcomes.SAME, "kind": "a record moved", "group": "rows"},
        ROW | {"number": 2, "outcome": outcomes.SILENT, "cells": {"land": 3, "network": 1}},
    ]


def test_a_kept_run_has_the_counts_of_each_kind_and_the_changes_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "CAMPAIGN", tmp_path)
    run.keep(7, rows())
    first = (tmp_path / "seed_7.json").read_bytes()
    run.keep(7, rows()[::-1])
    assert (tmp_path / "seed_7.json").read_bytes() == first
    record = json.loads(first)
    assert record["mutations"] == 3
    assert record["kinds"][0]["outcomes"] == {outcomes.REFUSED: 1, outcomes.SILENT: 1}
    assert [row["number"] for row in record["changed"]] == [2]


def test_the_page_counts_what_the_records_hold(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "CAMPAIGN", tmp_path)
    assert page.page("twin") == page.NOTHING
    run.keep(7, rows())
    run.keep(8, rows()[:2])
    text = " ".join(page.page("twin").split())
    assert "5 mutations of 2 kinds (seeds 7, 8): 2 refused, 2 same panels, 1 changed, as the records say." in text
    assert "| cells | 3 | 2 | 0 | 1 |" in text
    assert "| cells | a cell emptied | changed, as the records say | a plausible other value | 1 | 4 |" in text


def test_the_page_says_what_cannot_be_known_and_explains_each():
    assert page.SILENT == outcomes.SILENT
    assert page.unknowable("map", "two values of the map exchanged") == "a wrong line in the map that still makes sense"
    assert page.unknowable("rows", "the last records lost") == "a record that is missing"
    assert page.unknowable("rows", "a record doubled with another cell") == "a record too many"
    assert page.unknowable("columns", "a column sorted alone") == "values in the wrong record"
    assert page.unknowable("cells", "a character lost") == "a misspelt name"
    assert page.unknowable("bytes", "a byte lost") == "a plausible other value"
    explained = (paths.ROOT / "book" / "trust.md").read_text(encoding="utf-8").lower()
    assert [why for *_, why in page.UNKNOWABLE if f"- **{why}.**" not in explained] == []


def test_the_command_fails_for_a_fault_alone_and_says_how_to_repeat_it(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(paths, "CAMPAIGN", tmp_path)
    monkeypatch.setattr(run, "run", lambda *given: rows())
    assert run.main(["--n", "3", "--seed", "7"]) == 0
    assert "0 of 3 mutations show a fault" in capsys.readouterr().out
    monkeypatch.setattr(run, "run", lambda *given: [*rows(), ROW | {"number": 3, "outcome": outcomes.CRASH}])
    assert run.main(["--n", "4", "--seed", "7"]) == 1
    assert "run.py mutate SEED=7 ARGS=3" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


def test_a_message_of_several_lines_has_a_place_in_each():
    made = of_kind("a date in another form", shape=registers.PLAIN)
    row = min(made.change.rows)
    good = f'firms.csv, column "name", data row {row}: is strange. Correct it.'
    assert messages.fault(good, made, set()) == ""
    assert messages.fault(f"{good}\nsomething is wrong", made, set()).startswith("names no file")
    assert messages.fault(good.removesuffix(" Correct it.").removesuffix("."), made, set()).startswith("has no remedy")
    assert messages.fault(good, made, {"strange"}) == "quotes a value"
