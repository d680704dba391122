"""The deliveries that `data/licensed/README.md` shows are read as it says, with the maps that it shows."""

import csv
import io
import re

import openpyxl
import pandas as pd
import pytest
import samples
import yaml

from enclave.base import paths
from enclave_book import cli
from enclave_registers.intake import convert
from enclave_registers.intake.cache import IntakeCache
from enclave_registers.intake.delivery.read import read
from enclave_registers.intake.draft import write
from enclave_registers.schema import TABLES

README = paths.DATA / "licensed" / "README.md"
SECTION = re.compile(r"^### ([^\n]+)\n(.*?)(?=^##)", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"`([^`\n]+)`[^\n]*:\n\n```[ct]sv\n(.*?)```", re.DOTALL)
MAP = re.compile(r"```yaml\n(.*?)```", re.DOTALL)
EXAMPLES = dict(SECTION.findall(README.read_text(encoding="utf-8")))


def deliver(body, folder):
    """Write the files of an example; a workbook gets the cells of its rows."""
    for name, content in FILE.findall(body):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".xlsx":
            book = openpyxl.Workbook()
            for row in csv.reader(io.StringIO(content)):
                book.active.append([_cell(cell) for cell in row])
            book.save(path)
        else:
            path.write_text(content, encoding="utf-8")


def _cell(text):
    return None if text == "" else float(text) if re.fullmatch(r"[0-9]+\.?[0-9]*", text) else text


def tables(body, folder):
    """The tables of an example, read by its map."""
    deliver(body, folder)
    [told] = MAP.findall(body)
    paths.delivery_map(folder).write_text(told, encoding="utf-8")
    delivery, cache = read(folder), IntakeCache(folder / "cache")
    found = {table: convert.convert(table, delivery, cache) for table in TABLES if table in yaml.safe_load(told)}
    return {table: pd.read_parquet(path) for table, path in found.items()}


def test_the_register_export_needs_no_identifier_and_no_dictionary_of_its_own(tmp_path):
    found = tables(EXAMPLES["Export of the commercial register"], tmp_path)
    assert found["firms"]["firm_id"].tolist() == ["91441800000000001X", "914401000000000021"]
    assert found["firms"]["city"].tolist() == ["清远市", "广州市"]
    assert found["firms"]["established"].dt.year.tolist() == [2012, 1999]
    assert found["industries"]["code"].tolist() == ["C2450", "F5112"]
    assert found["industries"]["standard"].tolist() == [2011, 2011]
    [branch] = found["branches"].to_dict("records")
    assert (branch["branch_id"], branch["parent_name"]) == ("914418000000000031", "广州市乙商贸有限公司")
    assert pd.isna(branch["parent_id"])


def test_stakes_are_dated_by_the_payment_and_not_by_the_due_date(tmp_path):
    stakes = tables(EXAMPLES["Shareholders"], tmp_path)["shareholders"]
    assert stakes["invested_on"].tolist() == [pd.Timestamp(2012, 3, 4), pd.NaT]
    assert stakes["shareholder_type"].tolist() == ["企业法人", "自然人"]


def test_plots_of_both_websites_are_in_hectares_with_days_of_china(tmp_path):
    plots = tables(EXAMPLES["Land grants, old and new website"], tmp_path)["land"]
    assert plots["area_ha"].tolist() == [1.2345, 1.2345, 2.0]
    # 1,611,504,000 seconds are 24 January 2021, 16:00 in UTC
    assert [str(day)[:10] for day in plots["signed_on"]] == ["2014-07-08", "2021-01-25", "2021-01-25"]
    assert plots["supervision_number"].tolist()[:2] == ["4418022014B00123", "4418022021B00017"]
    assert plots["supervision_number"].is_unique


@pytest.mark.parametrize("title", [title for title in EXAMPLES if title.startswith("City yearbook")])
def test_each_yearbook_gives_the_same_figures_of_the_year_2000(title, tmp_path):
    figures = tables(EXAMPLES[title], tmp_path)["yearbook"].set_index("city")
    figures.index = ["".join(city.split()) for city in figures.index]
    shaoguan = figures.loc["韶关市"]
    assert shaoguan["year"] == 2000
    assert shaoguan["population_10k"] == 310.25
    assert shaoguan["revenue_10k_yuan"] == 98_765
    assert shaoguan["expenditure_10k_yuan"] == 123_457
    assert shaoguan["phones_10k"] == pytest.approx(33.3)
    assert shaoguan["hospital_beds"] == 8001
    assert len(figures) == (1 if "vendor" in title else 2)


# the draft


@pytest.mark.parametrize("title", EXAMPLES)
def test_a_draft_of_each_example_is_a_map_and_finds_its_tables(title, tmp_path, monkeypatch):
    deliver(EXAMPLES[title], tmp_path)
    monkeypatch.setattr(paths, "LICENSED", tmp_path)
    path, guesses = write.draft("licensed")
    text = path.read_text(encoding="utf-8")
    assert text.count("# guess") - 1 == guesses > 0
    [told] = MAP.findall(EXAMPLES[title])
    expected = {table: section for table, section in yaml.safe_load(told).items() if "files" in section}
    drafted = yaml.safe_load(text)
    assert {table for table, section in drafted.items() if section and "files" in section} == set(expected)
    delivery = read(tmp_path)
    assert [table for table in expected if table not in delivery.files] == []


def test_a_draft_of_the_printed_yearbook_finds_rows_notes_and_the_year(tmp_path, monkeypatch):
    deliver(EXAMPLES["City yearbook as printed"], tmp_path)
    monkeypatch.setattr(paths, "LICENSED", tmp_path)
    drafted = yaml.safe_load(write.draft("licensed")[0].read_text(encoding="utf-8"))["yearbook"]
    assert (drafted["header_row"], drafted["first_record"], drafted["stop_at"]) == (2, 4, ["注*"])
    assert drafted["year_from_file"] == "年鉴/{year}.xlsx"
    assert drafted["drop_rows"] == {"city": ["全 国", "广 东 省"]}
    assert drafted["columns"]["revenue_10k_yuan"] == "地方财政一般预算内收入"
    assert drafted["thousands"] == "comma"


def test_a_draft_never_proposes_a_due_date_or_another_unit_in_silence(tmp_path, monkeypatch):
    body = (
        EXAMPLES["Shareholders"]
        .replace(",实缴出资日期", "")
        .replace(",2012/3/4\n", "\n")
        .replace("2042/3/4,\n", "2042/3/4\n")
    )
    deliver(body, tmp_path)
    samples.write("land", tmp_path, frame=samples.LAND.rename(columns={"area_ha": "面积（亩）"}))
    monkeypatch.setattr(paths, "LICENSED", tmp_path)
    drafted = yaml.safe_load(write.draft("licensed")[0].read_text(encoding="utf-8"))
    assert "invested_on" not in drafted["shareholders"].get("columns", {})
    assert "invested_on" in drafted["shareholders"]["absent"]
    assert drafted["land"]["units"] == {"area_ha": "亩"}


def test_a_draft_finds_formats_of_dates_and_years_as_columns(tmp_path, monkeypatch):
    samples.write("firms", tmp_path, frame=samples.FIRMS.assign(established=["40909", "05.06.2012", "5.6.2012", None]))
    wide = pd.DataFrame(
        {"城市": ["韶关市"]} | {f"{name}{year}": [1] for name in ("户籍人口", "货运量") for year in range(2000, 2004)}
    )
    (tmp_path / "年鉴.csv").write_text(samples.csv_text(wide), encoding="utf-8")
    monkeypatch.setattr(paths, "LICENSED", tmp_path)
    drafted = yaml.safe_load(write.draft("licensed")[0].read_text(encoding="utf-8"))
    assert drafted["firms"]["date_format"] == {"established": ["%d.%m.%Y", "excel"]}
    assert drafted["yearbook"]["columns"]["population_10k"] == "户籍人口{year}"


@pytest.mark.parametrize("name", ["map.yml", "map.yaml"])
def test_a_draft_never_replaces_a_map(name, tmp_path, monkeypatch):
    samples.write("firms", tmp_path)
    (tmp_path / name).write_text("firms: {}", encoding="utf-8")
    monkeypatch.setattr(paths, "LICENSED", tmp_path)
    with pytest.raises(write.EnclaveError):
        write.draft("licensed")
    assert (tmp_path / name).read_text(encoding="utf-8") == "firms: {}"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["firms.csv", name]


def test_a_draft_of_tables_in_the_codebooks_shape_changes_nothing(tmp_path, monkeypatch):
    for table in TABLES:
        samples.write(table, tmp_path)
    monkeypatch.setattr(paths, "LICENSED", tmp_path)
    plain = {table: samples.read_table(table, tmp_path) for table in TABLES}
    write.draft("licensed")
    for table in TABLES:
        pd.testing.assert_frame_equal(samples.read_table(table, tmp_path), plain[table])


def test_the_command_writes_the_draft_and_prints_no_header(tmp_path, monkeypatch, capsys, build_folder):
    deliver(EXAMPLES["Export of the commercial register"], tmp_path)
    monkeypatch.setattr(paths, "LICENSED", tmp_path)
    assert cli.main(["check", "--source", "licensed", "--map", "draft"]) == 0
    printed = capsys.readouterr().out
    assert str(tmp_path / "map.yml") in printed
    assert "信用代码" not in printed
    assert cli.main(["check", "--source", "licensed", "--map", "draft"]) == 1
    assert "there is a map already" in capsys.readouterr().err
