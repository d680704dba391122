"""The page on lists of treated pairs: what it names, and that its words are those of the result files."""

import pandas as pd
import pytest

from enclave.base import paths
from enclave_book.pages import lists

# documented pairs among the controls of the twin, looked up by hand in parks.csv, and whether two cities built a park
CONTROLS = {
    "Guangzhou–Meizhou": True,
    "Guangzhou–Shanwei": False,
    "Guangzhou–Yangjiang": True,
    "Shenzhen–Shantou": False,
    "Shenzhen–Chaozhou": True,
    "Zhuhai–Yangjiang": True,
    "Foshan–Zhanjiang": False,
    "Dongguan–Meizhou": False,
    "Zhongshan–Heyuan": True,
    "Zhongshan–Yangjiang": False,
}


@pytest.fixture(scope="module")
def text():
    return lists.page("twin")


def test_the_controls_with_a_documented_park_are_named_and_the_papers_example_is_said_to_be_missing():
    said = lists.left_out()
    assert f"{len(CONTROLS)} of its control pairs" in said
    for pair, cities in CONTROLS.items():
        assert pair in said
        assert (f"{pair} (two cities)" in said) == cities
    assert "leaves out: **Guangzhou–Meizhou**" in said


def test_print_allows_the_distances_that_a_reader_computes_from_tables_2_and_4(text):
    # (2.691 - 1.459 -+ 0.001) / (0.011 +- 0.0005): 1.231 / 0.0115 = 107.0, 1.233 / 0.0105 = 117.4
    line = {words[0]: words for words in _rows(text, "convention", "boundaries")}
    assert line[lists.PRINTED[0]][1] == "107.0"
    assert line[lists.PRINTED[1]][1] == "117.4"


def test_the_page_counts_the_conventions_without_a_list_as_the_file_has_them(text):
    rows = pd.read_csv(paths.LISTS / "proofs.csv").query("required == 'none'")
    assert f"Under {rows['fewest_lower'].isna().sum()} of {len(rows)} conventions no list" in text


def test_every_convention_that_is_shown_has_a_row_in_each_table(text):
    for name in lists.SHOWN:
        assert text.count(f"| {lists.called(name)} ") >= 2, name


def test_every_convention_of_the_files_has_a_name_and_no_key_is_shown(text):
    recipes = lists.read("distance_recipes")["convention"]
    assert recipes.map(lists.called).is_unique
    assert [name for name in recipes if f"| {name} " in text or f"`{name}`" in text] == []


def _rows(text, *headers):
    """The rows of the first table with these first headers, as lists of cells."""
    rows, inside = [], False
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        inside = line.startswith("|") and (inside or cells[: len(headers)] == list(headers))
        if inside:
            rows.append(cells)
        elif rows:
            break
    return rows
