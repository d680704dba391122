import json

import pytest

from enclave_book.notebooks import contents
from enclave_book.render import citations, notebook_pages


def said(text, **metadata):
    outputs = [{"output_type": "execute_result", "data": {"text/markdown": text}, "metadata": {}}]
    return {"cell_type": "code", "id": "a", "metadata": metadata, "source": 'say("{n} pairs")', "outputs": outputs}


def prose(text):
    return {"cell_type": "markdown", "id": "b", "metadata": {}, "source": text}


def page(*cells):
    return json.loads(notebook_pages.page(json.dumps({"cells": cells})))["cells"]


def test_sentences_that_a_cell_says_become_prose_with_their_numbers():
    [cell] = page(said("13 pairs", jupyter={"source_hidden": True}))
    assert (cell["cell_type"], cell["source"]) == ("markdown", "13 pairs")


def test_the_heading_that_folds_a_solution_is_not_on_the_page():
    assert page(prose("#### Solution"), prose("text")) == [prose("text")]


def test_the_last_cell_of_a_notebook_gives_way_to_the_list_of_the_page():
    last = prose("## References\n\nEach citation above is a link to the work.")
    assert page(prose("[Roth (2022)](#roth2022)"), last)[1:] == [notebook_pages.prose("references", citations.LIST)]


def test_other_code_stays_as_it_is():
    code = {"cell_type": "code", "id": "c", "metadata": {}, "source": "say(f(1))\nx = 2", "outputs": []}
    assert page(code) == [code]


@pytest.mark.parametrize(
    ("plain", "myst"),
    [
        ("as [Roth (2022)](https://doi.org/10.1257/aeri.20210236) shows", "as {cite:t}`roth2022` shows"),
        ("well [[Tang and Zhang, 2024]](#tang2024)", "well {cite}`tang2024`"),
        (
            "[[Freeman, 1978]](https://doi.org/10.1016/0378-8733%2878%2990021-7)",
            "{cite}`freeman1978`",
        ),
        ("[[Roth, 2022]](#roth2022),\n[[Rowe, 2026]](#rowe)", "{cite}`roth2022,rowe`"),
        ("## Exercises\n\n#### Exercise 2.1\n\nAdd.", "## Exercises\n\n**Exercise 2.1.** Add."),
        ("[a site](https://example.org)", "[a site](https://example.org)"),
        ("[The figure](#fig-counts) shows", "{numref}`fig-counts` shows"),
        ("equation [(5.2)](#eq-x)", "equation {eq}`eq-x`"),
        ("$$\n% eq-x\na = b\n\\tag{1}\n$$", "```{math}\n:label: eq-x\na = b\n```"),
        ("$$\na = b\n$$", "$$\na = b\n$$"),
        ("> **Warning.** One.\n> Two.", "```{warning}\nOne.\nTwo.\n```"),
        (
            "<details>\n<summary>Solution</summary>\n\nOne.\n\nTwo.\n\n</details>",
            "````{admonition} Solution\n:class: dropdown\n\nOne.\n\nTwo.\n````",
        ),
        (
            "[Table 2 on the scorecard](../book/scorecard.md#table=2)",
            '<a href="../book/scorecard.html#table=2">Table 2 on the scorecard</a>',
        ),
    ],
)
def test_plain_markdown_becomes_myst(plain, myst):
    assert notebook_pages.myst(plain) == myst


def test_a_page_with_citations_ends_with_their_list_and_one_without_has_none():
    assert page(prose("[Roth (2022)](#roth2022)"))[-1]["source"] == citations.LIST
    assert len(page(prose("no work"))) == 1


def test_a_work_is_known_by_its_digital_identifier_its_address_and_its_key():
    known = citations.keys()
    assert known["https://doi.org/10.5281/zenodo.15814089"] == "pyfixest"
    assert known["https://github.com/py-econometrics/pyfixest"] == "pyfixest"
    assert known["#pyfixest"] == "pyfixest"


@pytest.mark.parametrize("code", ['say("{n}")\nx = 1', "said = 1", "say(text)", 'x = say("{n}")'])
def test_only_a_cell_that_says_one_literal_text_is_prose(code):
    assert not contents.said(code)


def test_the_prose_of_a_cell_that_says_has_names_in_the_place_of_numbers():
    assert contents.said('say("""\nA park adds {n:.1f}.\n""")') == "\nA park adds {n:.1f}.\n"
