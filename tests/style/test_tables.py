"""Tables: what stands in them, the mark of the data, and bytes that do not change."""

import re

import pandas as pd
import pytest

from enclave.base.errors import EnclaveError
from enclave.exhibits import results, scorecard
from enclave.style import tables


def estimates(estimate=1.4587, p_value=0.001, term="treat"):
    line = {
        "term": term,
        "estimate": estimate,
        "std_error": 0.5,
        "p_value": p_value,
        "n": 1672,
        "clusters": 88,
        "r2": 0.25,
    }
    frame = pd.DataFrame([line])
    frame.attrs["source"] = "twin"
    return frame


def rows(table):
    """The text of the body, row by row."""
    body = re.search(r"<tbody.*?</tbody>", table.html, re.DOTALL).group()
    return [
        re.findall(r"<td[^>]*>(.*?)</td>", line, re.DOTALL) for line in re.findall(r"<tr>.*?</tr>", body, re.DOTALL)
    ]


def notes(table):
    return re.findall(r'class="note">(.*?)</p>', table.html)


def regression(**options):
    return tables.regression({"(1)": estimates(), "(2)": estimates(0.295, 0.07)}, "Table 2", **options)


def test_a_regression_table_shows_estimates_stars_errors_and_fit():
    assert rows(regression()) == [
        ["Treat", "1.459***", "0.295*"],
        ["", "(0.500)", "(0.500)"],
        ["Observations", "1,672", "1,672"],
        ["R²", "0.250", "0.250"],
    ]


def test_lines_labels_and_headings_are_added():
    table = regression(lines={"Controls": ["No", "Yes"]}, terms={"treat": "Park"}, spanners={"Links": ["(1)", "(2)"]})
    assert rows(table)[0][0] == "Park"
    assert rows(table)[-1] == ["Controls", "No", "Yes"]
    assert ">Links<" in table.html


def test_a_term_that_one_column_lacks_leaves_its_cells_empty():
    both = pd.concat([estimates(), estimates(-0.011, 0.2, "treat_x_distance")], ignore_index=True)
    both.attrs["source"] = "twin"
    table = tables.regression({"(1)": estimates(), "(2)": both}, "Table 4", terms={"treat_x_distance": "Treat x km"})
    assert rows(table)[2] == ["Treat x km", "", "-0.011"]
    assert rows(table)[3] == ["", "", "(0.500)"]


@pytest.mark.parametrize(("source", "words"), [("twin", "Synthetic data: pipeline check"), ("real", "Real data")])
def test_every_table_says_what_its_data_are(source, words):
    frame = pd.DataFrame({"city": ["Foshan"], "links": [3]})
    assert notes(tables.frame(frame, "Cities", source=source)) == [words]
    assert notes(tables.frame(frame, "Cities", source=source, note="Why")) == ["Why", words]


def test_a_table_of_unknown_origin_is_refused():
    with pytest.raises(EnclaveError, match="Pass `source`"):
        tables.frame(pd.DataFrame({"a": [1]}), "A")
    with pytest.raises(EnclaveError, match="'twin', not from 'real'"):
        regression(source="real")


def test_columns_from_different_sources_are_refused():
    other = estimates()
    other.attrs["source"] = "licensed"
    with pytest.raises(EnclaveError, match="'licensed', not from 'twin'"):
        tables.regression({"(1)": estimates(), "(2)": other}, "Table 2")


def test_numbers_are_rounded_and_missing_cells_stay_empty():
    frame = pd.DataFrame(
        {"city": ["广州", None], "km": [107.26, None], "links": pd.array([12345, None], dtype="Int64")}
    )
    assert rows(tables.frame(frame, "T", source="real")) == [["广州", "107.3", "12,345"], ["", "", ""]]
    assert rows(tables.frame(frame, "T", source="real", decimals=0))[0] == ["广州", "107", "12,345"]


def test_years_and_codes_have_no_thousands_sign():
    frame = pd.DataFrame(
        {"code": ["440100"], "year": [2008], "cohort": pd.array([2013], dtype="Int64"), "share": [0.5]}
    )
    assert rows(tables.frame(frame, "T", source="real")) == [["440100", "2008", "2013", "0.500"]]


def test_text_is_shown_as_text():
    table = tables.frame(pd.DataFrame({"rule": ["a < b & <b>c</b>"]}), "T", source="real")
    assert rows(table) == [["a &lt; b &amp; &lt;b&gt;c&lt;/b&gt;"]]


def scored():
    published = pd.DataFrame(
        [
            ("2", "1", "treat", "estimate", "1.459", 3, "***"),
            ("2", "1", "model", "n", "1672", 0, ""),
            ("2", "1", "model", "r2", "0.534", 3, ""),
        ],
        columns=["table", "column", "row", "statistic", "printed", "decimals", "stars"],
    )
    ours = results.cells(2, {"1": estimates().drop(columns="r2")})
    ours = ours[ours["statistic"] != "std_error"]
    return scorecard.compare(ours, published)


def test_printed_numbers_stand_beside_ours_with_the_grade():
    assert rows(tables.printed_vs_obtained(scored())) == [
        ["1", "Treat", "estimate", "1.459***", "1.45870", "● exact"],
        ["1", "Whole regression", "observations", "1672", "1672", "● exact"],
        ["1", "Whole regression", "R²", "0.534", "", "- not checkable"],
    ]
    assert notes(tables.printed_vs_obtained(scored()))[0] == "Of 3 printed numbers: 2 exact, 1 not checkable."


def test_the_same_numbers_give_the_same_bytes_and_others_do_not():
    assert regression().html == regression().html
    other = tables.regression({"(1)": estimates(), "(2)": estimates(0.296, 0.07)}, "Table 2")
    assert other.html != regression().html


def test_a_table_scrolls_in_its_own_box_and_takes_the_colours_of_the_page():
    page = regression().html
    assert f".{tables.BOX} > div {{ overflow-x: auto; }}" in page
    assert "color: inherit; background: none" in page


def test_the_style_stands_before_the_table_so_that_a_page_can_leave_it_out():
    assert regression().html.startswith(tables.STYLE)
    assert "<style" not in regression().html.removeprefix(tables.STYLE)


def test_heads_and_rows_are_in_words():
    frame = pd.DataFrame({"std_error": [0.5], "source_title": ["Notice"], "share of zeros": [0.1], "Links": [1]})
    page = tables.frame(frame, "T", source="real").html
    assert re.findall(r"<th [^>]*>(.*?)</th>", page) == ["Std. error", "Source title", "Share of zeros", "Links"]
    named = pd.DataFrame({"term": ["treat", "other"], "outcome": ["log_count", "treat"]})
    assert rows(tables.frame(named, "T", source="real")) == [["Treat", "ln(1 + links)"], ["other", "treat"]]
    keys = pd.DataFrame({"row": ["treat_x_distance_boundary", "other"], "statistic": ["n", "sd"]})
    assert tables.in_words(keys).to_numpy().tolist() == [
        ["Treat × distance between boundaries", "observations"],
        ["other", "standard deviation"],
    ]


def test_table_1_has_a_row_for_each_variable_and_three_columns_for_each_group():
    cells = [
        ("control", "n", 1425.0, 0),
        ("control", "mean", 985.849, 1),
        ("treated", "n", 247.0, 0),
        ("treated", "sd", None, 2),
    ]
    scored = pd.DataFrame(cells, columns=["column", "statistic", "value", "decimals"]).assign(row="revenue_per_capita")
    more = scored.assign(row="investments", value=[3.0, 0.5, 2.0, 1.005])
    table = tables.descriptive(pd.concat([scored, more]), "Table 1", "twin")
    heads = re.findall(r"<th [^>]*>(.*?)</th>", table.html)
    assert heads == ["Variable", "Control n", "Control mean", "Treated n", "Treated SD"]
    assert rows(table) == [["Revenue per head", "1,425", "985.8", "247", ""], ["Investments", "3", "0.5", "2", "1.00"]]


def test_a_heading_over_columns_spans_them_and_a_head_without_words_is_no_head():
    page = regression(spanners={"Links": ["(1)", "(2)"]}).html
    assert '<th scope="colgroup" colspan="2" class="over">Links</th>' in page
    assert re.search(r"<thead><tr><td></td><th", page)
    assert not re.search(r"<th[^>]*></th>", page)


def test_a_notebook_shows_the_table_and_plain_text_its_title():
    assert regression()._repr_html_() == regression().html
    assert repr(regression()) == "Table: Table 2"


def test_a_table_without_rows_shows_its_columns():
    empty = pd.DataFrame({"city": pd.Series(dtype=str), "links": pd.Series(dtype="int64")})
    page = tables.frame(empty, "Nothing", source="real").html
    assert ">City<" in page
    assert ">Links<" in page


def test_a_column_of_whole_numbers_without_any_value_is_left_empty():
    frame = pd.DataFrame({"pair": ["a", "b"], "cohort": pd.array([None, None], dtype="Int64")})
    html = tables.frame(frame, "Cohorts", "twin")._repr_html_()
    assert "<NA>" not in html
    assert "&lt;NA&gt;" not in html


def cells(frame, **choices):
    return re.findall(r"<td[^>]*>(.*?)</td>", tables.frame(frame, "T", "real", **choices).html)


def test_numbers_in_a_column_for_anything_are_rounded_like_others():
    turned = pd.DataFrame({"p": pd.Series([0.0712345678901, 0.5], dtype=object), "stars": ["*", ""]})
    assert cells(turned) == ["0.071", "*", "0.500", ""]


def test_columns_of_whole_numbers_have_no_decimals_beside_others_that_have():
    frame = pd.DataFrame({"observed": [165.0, 2258.0], "expected": [105.1003, 1127.3211]})
    assert cells(frame, decimals=2) == ["165", "105.10", "2,258", "1,127.32"]


def test_what_rounds_to_zero_has_no_sign():
    assert cells(pd.DataFrame({"bias": [-0.00001, -0.5]}), decimals=3) == ["0.000", "-0.500"]
