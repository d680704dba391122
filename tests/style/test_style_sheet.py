"""The house style: tables and equations have the colours of the page, and lie on no box of another colour."""

import importlib.util
import re
from pathlib import Path

import bs4
import pandas as pd
import pytest
import soupsieve
import tinycss2

from enclave.base import paths
from enclave.style import tables

PAGE = "var(--pst-color-background)"
CLEAR = {None, "transparent", "inherit", "none", PAGE}
STYLES = ["pydata_sphinx_theme/pydata-sphinx-theme", "sphinx_book_theme/sphinx-book-theme"]
HOUSE = paths.BOOK / "_static" / "house.css"
# what a page holds: a table of a cell, one in a folded cell, a table of the text, an equation
PAGES = """<html data-theme="{theme}"><body>
<main class="bd-main"><div class="bd-content"><div class="bd-article-container">
<article class="bd-article"><section>
<div class="cell docutils container"><div class="cell_output docutils container">
  <div class="output text_html">{table}</div></div></div>
<div class="cell tag_hide-output docutils container"><details class="admonition hide below-input">
  <div class="cell_output docutils container"><div class="output text_html">{table}</div></div></details></div>
<div class="pst-scrollable-table-container"><table class="table"><tbody><tr><td>1</td></tr></tbody></table></div>
<div class="math notranslate nohighlight">x</div>
</section></article></div></div></main></body></html>"""


def theme(place):
    package, name = place.split("/")
    folder = Path(importlib.util.find_spec(package).origin).parent
    return folder / "theme" / package / "static" / "styles" / f"{name}.css"


def rules(file):
    """Selector and declarations of each rule of a style sheet, outside of media queries."""
    for rule in tinycss2.parse_stylesheet(file.read_text(encoding="utf-8"), skip_comments=True, skip_whitespace=True):
        if rule.type == "qualified-rule":
            given = tinycss2.parse_declaration_list(rule.content, skip_comments=True, skip_whitespace=True)
            stated = {one.name: one for one in given if one.type == "declaration"}
            for selector in tinycss2.serialize(rule.prelude).split(",\n" if file == HOUSE else ","):
                yield selector.strip(), stated


def weight(selector):
    """How specific a selector is: names, classes and the like, elements."""
    bare = re.sub(r":(?:not|has|is)\b", " ", selector)
    classes = len(re.findall(r"\.[\w-]+|\[[^\]]*\]|(?<!:):[\w-]+", bare))
    elements = len(re.findall(r"(?:^|[\s>+~(])[a-z][\w-]*", re.sub(r"\[[^\]]*\]", "", bare)))
    return len(re.findall(r"#[\w-]+", bare)), classes, elements


def ground(stated):
    """The colour of the background that a rule gives, if it gives one."""
    for name in ("background-color", "background"):
        if name in stated:
            value = tinycss2.serialize(stated[name].value).strip()
            return "transparent" if "gradient" in value else value
    return None


def backgrounds(page):
    """Element -> the background that wins on it."""
    won = {}
    every = [rule for file in [*map(theme, STYLES), HOUSE] for rule in rules(file)]
    for order, (selector, stated) in enumerate(every):
        colour = ground(stated)
        if colour is None or "::" in selector or ":hover" in selector:
            continue
        try:
            found = soupsieve.select(selector, page)
        except soupsieve.SelectorSyntaxError:
            continue
        for element in found:
            won[id(element)] = max(won.get(id(element), ((), 0, None)), (weight(selector), order, colour))
    return {name: colour for name, (_, _, colour) in won.items()}


SCROLLING = ".enclave-table > div, .pst-scrollable-table-container, div.math"


@pytest.mark.parametrize("colours", ["dark", "light"])
def test_what_takes_its_colours_from_the_page_lies_on_the_page(colours):
    table = tables.frame(pd.DataFrame({"year": [2008]}), "Years", "real").html
    page = bs4.BeautifulSoup(PAGES.format(theme=colours, table=table), "html.parser")
    won = backgrounds(page)
    shadowed = soupsieve.select(SCROLLING, page)
    boxes = [
        f"{box.name}.{'.'.join(box.get('class', []))}: {won[id(box)]}"
        for element in shadowed
        for box in [element, *element.parents]
        if won.get(id(box)) not in CLEAR and box.name not in {"html", "body"}
    ]
    assert len(shadowed) == 4
    assert boxes == []
