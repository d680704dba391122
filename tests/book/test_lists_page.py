"""The page on lists of treated pairs: what it names, and that its words are those of the result files."""

import pandas as pd
import pytest

from enclave import facts
from enclave.base import paths
from enclave.base.terms import PAIR
from enclave.facts import treated_pairs
from enclave_book.pages import lists

# documented pairs that the list of the book does not have, looked up by hand in parks.csv, and whether two cities built
# a park; a pair without a link in the twin is no control
WITHOUT = {
    "Guangzhou–Shanwei": False,
    "Shenzhen–Shantou": False,
    "Shenzhen–Chaozhou": True,
    "Shenzhen–Heyuan": True,
    "Zhuhai–Jieyang": True,
    "Zhuhai–Maoming": True,
    "Zhuhai–Yangjiang": True,
    "Foshan–Zhanjiang": False,
    "Dongguan–Meizhou": False,
    "Dongguan–Yangjiang": False,
    "Zhongshan–Yangjiang": False,
}


@pytest.fixture(scope="module")
def text():
    return lists.page("twin")


def test_the_controls_with_a_documented_park_are_named_and_no_named_pair_is_missing():
    said = lists.left_out()
    name = facts.cities().set_index("code")["name"]
    linked = pd.read_csv(paths.MANUFACTURING, dtype={"helper": str, "recipient": str}).drop_duplicates(PAIR)[PAIR]
    pairs = {f"{name[helper]}–{name[recipient]}" for helper, recipient in linked.itertuples(index=False)}
    controls = pairs & set(WITHOUT)
    assert f"{len(controls)} of its control pairs" in said
    for pair, of_two_cities in WITHOUT.items():
        assert pair in said
        assert (f"{pair} (two cities)" in said) == of_two_cities
    dropped = said.split("have no link in the twin")[1]
    assert {pair for pair in WITHOUT if pair in dropped} == set(WITHOUT) - controls
    assert "leaves out: **none**" in said


def test_the_list_of_the_book_and_what_print_asks_of_it_are_on_the_page(text):
    own = pd.read_csv(paths.FACTS / "treated.csv")
    rows = {(words[0], words[1]): words for words in _rows(text, "Helper", "Recipient")}
    for pair in own.itertuples():
        words = rows[pair.helper_city, pair.recipient_city]
        assert words[2:4] == [str(pair.cohort), pair.park_zh]
        assert words[5] == pair.basis
    asked = [words for words in _rows(text, "Column of Table 4", "Distance") if words[3] == "mean distance, km"]
    # (2.691 - 1.459 -+ 0.001) / (0.011 +- 0.0005) and (3.984 - 1.459 -+ 0.001) / (0.010 +- 0.0005)
    assert [words[4] for words in asked if words[0] in "13"] == ["107.0 to 117.4", "240.4 to 265.9"]


def test_the_pages_name_the_renamed_parks_and_the_year_before_the_pairing_as_the_facts_have_them(text):
    name, rows = facts.cities().set_index("code")["name"], treated_pairs.renamed()
    rows = rows.assign(pair=rows["helper"].map(name) + "–" + rows["recipient"].map(name)).sort_values("cohort")
    old, new = (rows.loc[rows["kept"] == kind, "pair"].tolist() for kind in ("old", "new"))
    said = (paths.ROOT / "book" / "ambiguities.md").read_text(encoding="utf-8")
    assert f"the old pair of three renamed parks ({', '.join(old)})" in said
    assert f"the new pair of one ({', '.join(new)})" in said
    assert "Zhongshan–Chaozhou counts from 2012. That is earlier than the pairing of 2013" in text


def test_a_list_that_breaks_an_exact_condition_is_called_not_the_papers(text):
    own = pd.read_csv(paths.LISTS / "book_conditions.csv").query("rank == 1 and controls == 0 and missed > 0")
    assert len(own) == 1
    assert f"it breaks {len(own)}, by {own['missed'].max():.2f} of a half interval" in text
    # lists that meet all sixteen, as the page says of them
    free = pd.read_csv(paths.LISTS / "candidates.csv").query("broken_16 == 0")
    assert len(free)
    assert ((free["named_pairs"] < 2) | (free["convention"] != "equal_area")).all()


def test_print_allows_the_distances_that_a_reader_computes_from_tables_2_and_4(text):
    # (2.691 - 1.459 -+ 0.001) / (0.011 +- 0.0005): 1.231 / 0.0115 = 107.0, 1.233 / 0.0105 = 117.4
    line = {words[0]: words for words in _rows(text, "Convention", "Boundaries")}
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
