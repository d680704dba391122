"""Tables in many parts: one that is missing, spoilt or of another shape is told, and never a partial table made."""

import pandas as pd
import pytest
import samples

from enclave.base import paths
from enclave.base.errors import InputError
from enclave_registers.intake.delivery.read import check_sequence, read
from enclave_registers.schema import TABLES

CSV = samples.csv_text(samples.FIRMS).splitlines(keepends=True)


def lay(folder, **parts):
    """Files of firms in parts; a double underscore stands for the dot of a name."""
    (folder / "firms").mkdir(exist_ok=True)
    for name, content in parts.items():
        raw = content if isinstance(content, bytes) else content.encode()
        (folder / "firms" / name.replace("__", ".")).write_bytes(raw)


def numbered(*numbers, name="part-{:04d}.csv"):
    return [name.format(number) for number in numbers]


LACKING = {
    "a number in the middle": (numbered(1, 3), "part-0002.csv", 0),
    "a number in the middle of parts from zero": (numbered(0, 1, 3), "part-0002.csv", 0),
    "several numbers": (numbered(1, 2, 5, 6, 8), "part-0003.csv", 2),
    "a number without zeros before it": (["p9.csv", "p11.csv", *(f"p{i}.csv" for i in range(1, 9))], "p10.csv", 0),
    "a number under a fixed name": (["part-0-ab12.parquet", "part-2-ab12.parquet"], "part-1-ab12.parquet", 0),
    "a month": (numbered(*range(1, 7), *range(8, 13), name="2018-{:02d}.csv.gz"), "2018-07.csv.gz", 0),
    "a part of mixed formats": (["1.csv", "3.xlsx", "4.dta"], "2.csv", 0),
}
COMPLETE = {
    "a run from one": numbered(1, 2, 3),
    "a run from zero": numbered(0, 1, 2),
    "a single part": numbered(3),
    "years": [f"{year}.csv" for year in (2000, 2005, 2010)],
    "codes of provinces": [f"{code}.csv" for code in (11, 12, 13, 21, 44)],
    "years and months": ["2000-01.csv", "2000-12.csv", "2001-01.csv"],
    "names": ["east.csv", "west.csv"],
    "names with numbers": ["a1.csv", "b3.csv"],
    "two numbers far apart": numbered(1, 100),
    "nothing": [],
}


@pytest.mark.parametrize(("names", "missing", "more"), LACKING.values(), ids=list(LACKING))
def test_a_number_that_is_missing_among_parts_is_told(names, missing, more):
    with pytest.raises(InputError) as caught:
        check_sequence([f"firms/{name}" for name in names])
    assert (caught.value.file, caught.value.more) == (f"firms/{missing}", more)
    assert "the other files of the table are numbered" in caught.value.problem


@pytest.mark.parametrize("names", COMPLETE.values(), ids=list(COMPLETE))
def test_parts_that_form_no_sequence_or_a_whole_one_pass(names):
    check_sequence([f"firms/{name}" for name in names])


def test_a_folder_that_lacks_a_part_is_refused_until_the_part_or_a_map_is_there(tmp_path):
    lay(tmp_path, **{"1__csv": CSV[0] + CSV[1], "3__csv": CSV[0] + CSV[2]})
    fault = samples.refusal("firms", tmp_path)
    assert fault.file == "firms/2.csv"
    paths.delivery_map(tmp_path).write_text("firms: {files: [firms/1.csv, firms/3.csv]}", encoding="utf-8")
    assert samples.read_table("firms", tmp_path)["firm_id"].tolist() == ["F1", "F2"]
    paths.delivery_map(tmp_path).write_text("firms: {files: 'firms/*.csv'}", encoding="utf-8")
    assert samples.refusal("firms", tmp_path).file == "firms/2.csv"


def test_each_part_may_have_its_own_encoding(tmp_path):
    lay(tmp_path, a__csv=(CSV[0] + CSV[1]).encode("gb18030"), b__csv="\ufeff" + CSV[0] + CSV[2], c__csv=CSV[0] + CSV[4])
    assert samples.read_table("firms", tmp_path)["name"].tolist() == samples.FIRMS["name"].iloc[[0, 1, 3]].tolist()


def test_a_part_that_is_utf16_is_named(tmp_path):
    lay(tmp_path, a__csv=CSV[0] + CSV[1], b__csv=(CSV[0] + CSV[2]).encode("utf-16"))
    fault = samples.refusal("firms", tmp_path)
    assert fault.file == "firms/b.csv"
    assert "UTF-16" in fault.problem


@pytest.mark.parametrize("kind", ["csv", "xlsx", "dta", "parquet"])
def test_a_part_without_a_column_that_the_others_have_is_named(kind, tmp_path):
    (tmp_path / "firms").mkdir()
    samples.WRITERS[kind]("firms", samples.FIRMS.head(2), tmp_path / "firms" / "a")
    samples.WRITERS[kind]("firms", samples.FIRMS.tail(2).drop(columns="city"), tmp_path / "firms" / "b")
    fault = samples.refusal("firms", tmp_path)
    assert (fault.file, fault.column, fault.problem) == (f"firms/b.{kind}", "city", "the column is missing")


def test_a_part_with_a_further_column_is_read_without_it(tmp_path):
    further = samples.csv_text(samples.FIRMS.tail(2).assign(capital="5"))
    lay(tmp_path, a__csv="".join(CSV[:3]), b__csv=further)
    pd.testing.assert_frame_equal(samples.read_table("firms", tmp_path), whole(tmp_path / "whole"))


def whole(folder) -> pd.DataFrame:
    samples.write("firms", folder)
    return samples.read_table("firms", folder)


@pytest.mark.parametrize("kind", ["csv.gz", "parquet", "dta", "xlsx"])
def test_one_truncated_part_among_sound_ones_is_named(kind, tmp_path):
    (tmp_path / "firms").mkdir()
    for name, at in (("a", 0), ("b", 1), ("c", 3)):
        samples.WRITERS[kind]("firms", samples.FIRMS.iloc[[at]], tmp_path / "firms" / name)
    cut = tmp_path / "firms" / f"b.{kind}"
    cut.write_bytes(cut.read_bytes()[:-20])
    fault = samples.refusal("firms", tmp_path)
    assert fault.file == f"firms/b.{kind}"
    assert "truncated" in fault.problem


# files with names of their own


def test_files_of_which_none_has_the_name_of_a_table_give_one_message_with_the_command_that_drafts_a_map(tmp_path):
    for name in ("企业.csv", "股东.csv", "说明.docx"):
        (tmp_path / name).write_text("甲,乙\n", encoding="utf-8")
    delivery = read(tmp_path)
    [fault] = delivery.problems.values()
    assert delivery.tables == []
    assert fault.problem == "none of its data files (2) has the name of a table"
    assert "map.yml" in fault.remedy
    assert f"check SOURCE={tmp_path.name} MAP=draft" in fault.remedy


@pytest.mark.parametrize("name", ["firms.xls", "firm.csv", "land.csv", None])
def test_a_file_with_the_name_of_a_table_or_one_like_it_or_none_gives_a_message_for_each_table(name, tmp_path):
    if name:
        (tmp_path / name).write_text("甲,乙\n", encoding="utf-8")
    problems = read(tmp_path).problems
    assert set(problems) == set(TABLES) - {"land" if name == "land.csv" else None}
    assert all(fault.problem == "the table is missing" for fault in problems.values())
