"""Formulas as MathML: what is drawn, where a long equation may be broken, and what cannot be read."""

import re

import bs4
import pytest

from enclave.base import paths
from enclave_book.notebooks import contents
from enclave_book.render import formulas


def words(part):
    return bs4.BeautifulSoup(part, "html.parser").get_text()


def pieces(latex):
    return [[words(part) for part in line] for line in formulas.lines(latex)]


def test_an_equation_may_be_broken_before_each_sign_outside_of_brackets():
    assert pieces(r"y = a + b (c + d) - e") == [["y", "=a", "+b(c+d)", "−e"]]


def test_a_wide_space_divides_and_the_next_piece_keeps_its_distance():
    (line,) = formulas.lines(r"a , \qquad b")
    assert [words(part) for part in line] == ["a,", "b"]
    assert 'class="next"' in line[1]
    assert 'class="next"' not in line[0]


def test_each_equation_of_an_aligned_block_has_a_line():
    assert pieces(r"\begin{aligned} a &= b , & c &= d \\ e &= f \end{aligned}") == [
        ["a", "=b,"],
        ["c", "=d"],
        ["e", "=f"],
    ]


def test_a_long_text_may_be_broken_between_its_words_and_a_short_one_not():
    assert len(formulas.lines(r"\text{stakes of firms in } i")[0]) == 4
    assert len(formulas.lines(r"\text{last digit}")[0]) == 1


def test_a_word_in_italics_is_one_name_and_an_upright_one_is_text():
    made = formulas.inline(r"\mathit{Treat}_{ij} \mathrm{Var}")
    assert '<mi class="word">Treat</mi>' in made
    assert "<mtext>Var</mtext>" in made


def test_a_formula_that_cannot_be_read_is_named():
    with pytest.raises(ValueError, match=r"not known, \\nosuch: a \\nosuch"):
        formulas.inline(r"a \nosuch")
    with pytest.raises(ValueError, match=r"cannot be read .*: \\left\( a"):
        formulas.inline(r"\left( a")


def test_no_formula_of_the_book_leaves_a_command_unread():
    texts = [page.read_text(encoding="utf-8") for page in paths.BOOK.glob("*.md")]
    texts += [
        cell.text for notebook in contents.every() for cell in contents.cells(notebook) if cell.kind == "markdown"
    ]
    found = [latex for text in texts for latex in displayed(text)]
    assert len(found) > 20
    assert [
        latex for latex in found if "\\" in "".join(words(part) for line in formulas.lines(latex) for part in line)
    ] == []


def displayed(text):
    for block in text.split("```{math}")[1:]:
        inside = block.partition("```")[0]
        yield "\n".join(line for line in inside.splitlines() if not line.strip().startswith(":label:"))
    # the prose of notebooks, with the label of an equation as a comment and a number that a step of the build removes
    for block in re.findall(r"\$\$(.*?)\$\$", text, re.DOTALL):
        yield re.sub(r"^%.*$|\\tag\{[^{}]*\}", "", block, flags=re.MULTILINE)
