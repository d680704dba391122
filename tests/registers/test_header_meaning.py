"""A header that names a part of what its column means, or something else, is told with what to do."""

import pytest
import samples
from mapped import HEADERS, SHAOGUAN, read, record, text, write_map

from enclave_registers.intake import convert
from enclave_registers.intake.cache import IntakeCache
from enclave_registers.intake.delivery.read import read as delivery
from enclave_registers.intake.values import header_meaning

FIXED, MOBILE = "固定电话年末用户数_全市", "移动电话年末用户数_全市"


def lines(folder, table="yearbook"):
    """What the check says about the cells of a table."""
    said = []
    convert.convert(table, delivery(folder), IntakeCache(folder / "cache"), said.append)
    return [line for line in said if "under the header" in line]


def deliver(folder, place, *headers, row=SHAOGUAN):
    """Write a yearbook of two cities, one header of which is replaced by others."""
    names = [*HEADERS[:place], *headers, *HEADERS[place + 1 :]]
    cells = [*row[:place], *[row[place]] * len(headers), *row[place + 1 :]]
    text(folder / "yearbook.csv", names, cells, ["清远市", *cells[1:]])


def test_fixed_telephones_beside_mobile_ones_are_told_with_the_sum_that_the_map_needs(tmp_path):
    deliver(tmp_path, 5, FIXED, MOBILE)
    write_map(tmp_path, f"yearbook: {{columns: {{phones_10k: {FIXED}}}}}")
    [line] = lines(tmp_path)
    assert line == (
        f'yearbook, column "phones_10k": 2 cells under the header "{FIXED}", which names fixed telephones alone, while '
        "the column means fixed and mobile ones together. In map.yml, under yearbook, instead of columns: "
        f'`sums: {{phones_10k: ["{FIXED}", "{MOBILE}"]}}`'
    )
    write_map(tmp_path, f'yearbook: {{sums: {{phones_10k: ["{FIXED}", "{MOBILE}"]}}}}')
    assert lines(tmp_path) == []
    assert read(tmp_path)[0] == record(SHAOGUAN, phones_10k=14.0)


def test_fixed_telephones_without_mobile_ones_are_told_with_the_key_that_adds(tmp_path):
    deliver(tmp_path, 5, FIXED)
    write_map(tmp_path, f"yearbook: {{columns: {{phones_10k: {FIXED}}}}}")
    [line] = lines(tmp_path)
    assert line.endswith("If another column has the rest, add it in map.yml, under yearbook: `sums`")


@pytest.mark.parametrize(
    ("column", "header", "part"),
    [
        ("phones_10k", "固话用户(万户)", "fixed telephones alone"),
        ("phones_10k", "移动电话用户", "mobile telephones alone"),
        ("phones_10k", "mobile subscribers", "mobile telephones alone"),
        ("freight_10k_tonnes", "公路货运量", "freight by road alone"),
        ("freight_10k_tonnes", "水运货运量_全市", "freight by ship alone"),
        ("freight_10k_tonnes", "Freight by rail", "freight by railway alone"),
        ("hospital_beds", "医院床位数_市辖区", "the urban districts alone"),
        ("population_10k", "年末总人口（市区）", "the urban districts alone"),
        ("population_10k", "常住人口", "residents"),
        ("population_10k", "非农业人口", "a part of the population"),
        ("revenue_10k_yuan", "各项税收", "a part of the revenue"),
        ("expenditure_10k_yuan", "教育支出", "a part of the expenditure"),
    ],
)
def test_a_header_of_a_part_is_known_as_that_part(column, header, part):
    found = header_meaning.of_header(column, header)
    assert found
    assert found.named == part


@pytest.mark.parametrize(
    ("column", "header"),
    [
        ("phones_10k", "固定电话和移动电话用户数"),
        ("phones_10k", "电话用户数"),
        ("freight_10k_tonnes", "货运总量(公路、铁路、水运、民航)"),
        ("freight_10k_tonnes", "货运量_全市"),
        ("population_10k", "年末户籍人口_全市"),
        ("population_10k", "年末总人口"),
        ("revenue_10k_yuan", "地方一般公共预算收入(含税收和非税收入)"),
        ("expenditure_10k_yuan", "地方财政一般预算内支出"),
        ("hospital_beds", "医院、卫生院床位数"),
        ("city", "城市(市辖区)"),
    ],
)
def test_a_header_of_the_whole_is_no_part(column, header):
    assert header_meaning.of_header(column, header) is None


@pytest.mark.parametrize("table", ["firms", "shareholders"])
def test_a_date_that_means_something_else_is_told_if_the_map_gives_it(table, tmp_path):
    column, header = {"firms": ("established", "核准日期"), "shareholders": ("invested_on", "认缴出资日期")}[table]
    samples.write(table, tmp_path, frame=samples.ALL[table].rename(columns={column: header}))
    write_map(tmp_path, f"{table}: {{columns: {{{column}: {header}}}}}")
    [line] = lines(tmp_path, table)
    records = len(samples.ALL[table])
    assert line.startswith(
        f'{table}, column "{column}": {records} cells under the header "{header}", which is the day '
    )


def test_a_day_of_approval_is_never_proposed_as_the_day_of_establishment(tmp_path):
    samples.write("firms", tmp_path, frame=samples.FIRMS.rename(columns={"established": "核准日期"}))
    fault = samples.refusal("firms", tmp_path)
    assert "established" not in fault.remedy.partition("columns:")[2].partition("`")[0]
    assert "not that of its establishment" in fault.remedy


def test_headers_of_the_codebook_are_told_as_no_part(tmp_path):
    samples.write("yearbook", tmp_path)
    assert lines(tmp_path) == []
