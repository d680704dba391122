"""Industry codes in the spellings of registers, and dictionaries that contradict themselves."""

import hand
import pandas as pd
import pytest
import samples

from enclave_registers.cleaning.firms import sections
from enclave_registers.intake import convert
from enclave_registers.intake.cache import IntakeCache
from enclave_registers.intake.delivery.read import read
from enclave_registers.intake.values import industry_codes

SPELLINGS = {
    "c1310": "C1310",
    "C-13": "C13",
    "C 13": "C13",
    "C13.1": "C131",
    "C.13.131.1310": "C1310",
    "13-10": "1310",
    "GB1310": "1310",
    "GB/T 4754-2011 C1310": "C1310",
    "GB/T4754-2011:1310": "1310",
    "ｃ１３": "C13",
    "c": "C",
    "C农副食品加工业": "C13",
    "13 农副食品加工业": "13",
    "C13农副食品加工业": "C13",
    "制造业": "C",
    "C制造业": "C",
    "农副食品加工业": "C13",
    "C 谷物磨制": "C 谷物磨制",
    "谷物磨制": "谷物磨制",
    "CC1310": "CC1310",
    "99999999999": "99999999999",
    "A农副食品加工业": "A农副食品加工业",
    "C1310": "C1310",
    "0131": "0131",
    "１３": "１３",
}


@pytest.mark.parametrize(("written", "usual"), SPELLINGS.items())
def test_a_code_in_another_spelling_gets_its_usual_one(written, usual):
    assert industry_codes.usual_code(written, 2011) == usual


def test_a_name_is_read_in_the_vintage_of_its_entry():
    # division 13 is named 食品加工业 in 1994, and a section named 采掘业 is called 采矿业 later
    assert industry_codes.usual_code("食品加工业", 1994) == "C13"
    assert industry_codes.usual_code("食品加工业", 2011) == "食品加工业"
    assert industry_codes.usual_code("采掘业", 1994) == "B"


def dictionary(*rows):
    frame = pd.DataFrame(rows, columns=["code", "name"]).assign(standard="2011")
    return frame.assign(industry_id=[f"I{i}" for i in range(len(frame))])


def refused(folder, *rows):
    samples.write("industries", folder, frame=dictionary(*rows))
    return samples.refusal("industries", folder)


GOOD = [("0131", "棉花种植"), ("C13", "农副食品加工业"), ("1310", "谷物磨制"), ("C", "制造业"), ("P", "教育")]


def test_a_good_dictionary_is_read_as_it_is(tmp_path):
    samples.write("industries", tmp_path, frame=dictionary(*GOOD))
    assert samples.read_table("industries", tmp_path)["code"].tolist() == [code for code, _ in GOOD]


@pytest.mark.parametrize("code", ["99999999999", "谷物磨制", "CC1310", "1", "C1", "12345", "#13"])
def test_what_is_no_code_is_refused_with_its_row(code, tmp_path):
    fault = refused(tmp_path, *GOOD, (code, "谷物磨制"))
    assert samples.where(fault) == ("industries.csv", "code", 6, 0)
    assert "is not a code of GB/T 4754" in fault.problem


def test_a_dictionary_that_lost_its_leading_zeros_is_refused(tmp_path):
    # 0131 (cotton) would be 131, which reads as a group of manufacturing
    fault = refused(tmp_path, ("131", "棉花种植"), ("1310", "谷物磨制"), ("1", "农业"), ("C13", "农副食品加工业"))
    assert samples.where(fault) == ("industries.csv", "code", 1, 1)
    assert "leading zeros were lost" in fault.problem


def test_groups_of_three_digits_are_no_lost_zeros_if_some_code_begins_with_one(tmp_path):
    samples.write("industries", tmp_path, frame=dictionary(("011", "谷物种植"), ("131", "谷物磨制")))
    assert samples.read_table("industries", tmp_path)["code"].tolist() == ["011", "131"]


def test_a_letter_that_contradicts_its_division_is_refused(tmp_path):
    fault = refused(tmp_path, *GOOD, ("A1310", "谷物磨制"))
    assert samples.where(fault) == ("industries.csv", "code", 6, 0)
    assert "another section than its letter" in fault.problem


def test_two_codes_that_were_swapped_are_refused_where_the_name_is_that_of_a_division(tmp_path):
    fault = refused(tmp_path, ("0131", "棉花种植"), ("C14", "农副食品加工业"), ("C13", "食品制造业"))
    assert samples.where(fault) == ("industries.csv", "code", 2, 1)
    assert "another division than the name says" in fault.problem


def lacking(count):
    """A dictionary of 200 entries, of which `count` have a division that the vintage of 2011 lacks."""
    return dictionary(*[("99", "其他")] * count, *[("0131", "棉花种植")] * (200 - count))


def test_divisions_that_the_vintage_lacks_are_told_up_to_one_in_a_hundred_entries(tmp_path):
    samples.write("industries", tmp_path, frame=lacking(2))
    lines = []
    convert.convert("industries", read(tmp_path), IntakeCache(tmp_path / "cache"), lines.append)
    [line] = lines
    assert line.startswith('industries, column "code": 2 cells with a division that their vintage of GB/T 4754 lacks')


def test_more_divisions_that_the_vintage_lacks_are_refused(tmp_path):
    samples.write("industries", tmp_path, frame=lacking(3))
    assert samples.where(samples.refusal("industries", tmp_path)) == ("industries.csv", "code", 1, 2)


def test_a_fault_of_a_dictionary_in_parts_names_the_part(tmp_path):
    folder = tmp_path / "industries"
    folder.mkdir()
    samples.WRITERS["csv"]("industries", dictionary(*GOOD), folder / "1")
    samples.WRITERS["csv"]("industries", dictionary(("9" * 11, "x")).assign(industry_id="J"), folder / "2")
    assert samples.where(samples.refusal("industries", tmp_path)) == ("industries/2.csv", "code", 1, 0)


def test_a_letter_alone_is_the_section_of_the_firms_that_have_it():
    codes = ["C", "C13", "1310", "01", "Q", "99", "Ｃ"]
    raw = hand.raw(industries=[{"industry_id": code, "standard": 2011, "code": code, "name": "x"} for code in codes])
    found = sections(raw.industries).execute().set_index("industry_id")["section"].to_dict()
    assert found == {"C": "C", "C13": "C", "1310": "C", "01": "A", "Q": "Q", "Ｃ": "C"}
