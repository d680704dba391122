"""The draft of a map: what it guesses from headers of commercial exports, and what it never proposes."""

import openpyxl
import pandas as pd
import pytest
import samples
import yaml
from mapped import HEADERS, QINGYUAN, SHAOGUAN, workbook, write_map

from enclave.base import paths
from enclave_registers.intake import convert
from enclave_registers.intake.cache import IntakeCache
from enclave_registers.intake.delivery.read import read as delivery
from enclave_registers.intake.draft import write


@pytest.fixture
def drafted(tmp_path, monkeypatch):
    """A function that writes the draft of a folder and gives its text and its content."""

    def of():
        monkeypatch.setattr(paths, "LICENSED", tmp_path)
        text = write.draft("licensed")[0].read_text(encoding="utf-8")
        return text, yaml.safe_load(text)

    return of


@pytest.mark.parametrize(
    ("table", "column", "header"),
    [
        ("firms", "industry_id", "国标行业小类编码"),
        ("firms", "industry_id", "所属国民经济行业小类代码"),
        ("firms", "firm_id", "统一社会信用代码/注册号"),
        ("firms", "firm_id", "主体身份代码"),
        ("shareholders", "invested_on", "首次持股时间"),
        ("shareholders", "invested_on", "实缴出资日期"),
        ("shareholders", "shareholder_id", "股东统一社会信用代码/注册号"),
        ("shareholders", "shareholder_name", "股东（发起人）"),
        ("shareholders", "shareholder_type", "股东类别"),
        ("branches", "parent_id", "隶属企业统一社会信用代码/注册号"),
        ("branches", "parent_id", "总公司统一社会信用代码"),
        ("branches", "parent_name", "隶属企业名称"),
        ("branches", "branch_id", "分支机构注册号"),
    ],
)
def test_a_header_of_a_public_register_is_guessed_for_its_column(table, column, header, drafted, tmp_path):
    samples.write(table, tmp_path, frame=samples.ALL[table].rename(columns={column: header}))
    text, content = drafted()
    assert content[table]["columns"] == {column: header}
    assert f"{header}  # guess" in text


@pytest.mark.parametrize("header", ["首次持股日期", "入股日期"])
def test_the_day_from_which_a_stake_is_held_needs_no_map(header, tmp_path):
    samples.write("shareholders", tmp_path, frame=samples.SHAREHOLDERS.rename(columns={"invested_on": header}))
    assert samples.read_table("shareholders", tmp_path)["invested_on"][0] == pd.Timestamp(2011, 1, 2)


@pytest.mark.parametrize("due", ["认缴出资日期", "认缴日期(最晚)", "股东认缴出资时间", "余额缴付期限"])
@pytest.mark.parametrize("paid", [None, "实缴出资日期", "首次持股日期"])
def test_a_due_date_is_never_proposed_as_the_date_of_a_stake(due, paid, drafted, tmp_path):
    frame = samples.SHAREHOLDERS.rename(columns={"invested_on": due, "shareholder_type": "股东类别"})
    samples.write("shareholders", tmp_path, frame=frame if paid is None else frame.assign(**{paid: "2011-01-02"}))
    text, content = drafted()
    section = content["shareholders"]
    assert due not in section["columns"].values()
    assert section.get("absent", []) == ([] if paid else ["invested_on"])
    if paid is None:
        assert f"# invested_on: {due}  # guess: no, it is the day until which the capital is promised" in text


def test_a_message_of_a_missing_column_never_proposes_a_due_date_for_another_one(tmp_path):
    frame = samples.SHAREHOLDERS.rename(columns={"shareholder_id": "股东代码", "invested_on": "认缴出资日期"})
    samples.write("shareholders", tmp_path, frame=frame)
    remedy = samples.refusal("shareholders", tmp_path).remedy
    assert "shareholder_id: 股东代码" in remedy
    assert "invested_on: 认缴" not in remedy


def test_names_of_industries_are_marked_as_no_codes(drafted, tmp_path):
    firms = samples.FIRMS.rename(columns={"industry_id": "行业"}).assign(行业="玩具制造")
    samples.write("firms", tmp_path, frame=firms)
    text, _ = drafted()
    assert "its cells are names and no codes: a dictionary must translate them" in text


def test_the_column_with_codes_wins_over_the_column_with_names(drafted, tmp_path):
    firms = samples.FIRMS.drop(columns="industry_id").assign(国标行业门类="制造业", 国标行业小类="玩具制造")
    samples.write("firms", tmp_path, frame=firms.assign(行业="玩具", 国标行业小类编码="2450"))
    assert drafted()[1]["firms"]["columns"] == {"industry_id": "国标行业小类编码"}


@pytest.mark.parametrize(
    ("header", "part"), [("固定电话用户数", "fixed telephones"), ("公路货运量", "freight by road")]
)
def test_a_part_of_a_figure_is_marked_as_a_part(header, part, drafted, tmp_path):
    column = {"固定电话用户数": "phones_10k", "公路货运量": "freight_10k_tonnes"}[header]
    samples.write("yearbook", tmp_path, frame=samples.YEARBOOK.rename(columns={column: header}))
    text, content = drafted()
    assert content["yearbook"]["columns"] == {column: header}
    assert f"{column}: {header}  # guess: it names {part} alone, while the column means " in text


# workbooks with several sheets


def test_the_sheet_with_records_is_found_behind_a_sheet_with_notes(drafted, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["说明"])
    page = book.create_sheet("全市")
    for row in (HEADERS, SHAOGUAN, QINGYUAN):
        page.append(row)
    book.save(tmp_path / "年鉴.xlsx")
    text, content = drafted()
    assert content["yearbook"]["sheet"] == "全市"
    assert "# sheet" not in text


def test_a_second_sheet_of_the_same_table_is_named_and_not_forgotten(drafted, tmp_path):
    workbook(
        tmp_path / "年鉴.xlsx", HEADERS, SHAOGUAN, sheets={"2002": [HEADERS, [*SHAOGUAN[:1], 2002, *SHAOGUAN[2:]]]}
    )
    text, content = drafted()
    assert content["yearbook"]["sheet"] == "Sheet"
    assert "# sheet '2002' has headers of this table, too: save it as a file of its own  # guess" in text


def test_a_sheet_of_another_table_is_named_with_that_table(drafted, tmp_path):
    stakes = samples.SHAREHOLDERS.fillna("")
    sheets = {"股东": [list(stakes), *stakes.to_numpy(object).tolist()]}
    firms = samples.FIRMS.fillna("")
    workbook(tmp_path / "企业.xlsx", list(firms), *firms.to_numpy(object).tolist(), sheets=sheets)
    text, content = drafted()
    assert content["firms"]["sheet"] == "Sheet"
    assert "# sheet 股东 has headers like those of shareholders: save it as a file of its own  # guess" in text


def test_a_sheet_that_is_not_read_is_told_if_it_has_the_headers_of_the_table(tmp_path):
    more = [HEADERS, [*SHAOGUAN[:1], 2002, *SHAOGUAN[2:]]]
    workbook(tmp_path / "yearbook.xlsx", HEADERS, SHAOGUAN, sheets={"2002": more, "说明": [["全市口径"]]})
    write_map(tmp_path, "yearbook: {sheet: 1}")
    said = []
    convert.convert("yearbook", delivery(tmp_path), IntakeCache(tmp_path / "cache"), said.append)
    [line] = said
    assert line == (
        "yearbook.xlsx: only the sheet that the map names is read. 1 further sheet has headers of this table, too: is "
        "that another part of it?"
    )
