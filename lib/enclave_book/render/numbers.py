"""Numbers of equations and figures, and labels of citations.

Equations and figures of the paper keep the paper's numbers. All others are counted within their chapter: the first of
chapter 04 is 4.1, that of Appendix A is A.1. A citation has the same words in the text and in the list.
"""

import re
from typing import Any

from docutils import nodes
from pybtex.plugin import register_plugin
from pybtex.style.formatting.alpha import Style as AlphaStyle
from pybtex.style.labels import BaseLabelStyle
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

# label of an equation -> its number in the paper
OF_PAPER = {
    "eq-baseline": "1",
    "eq-other-outcomes": "1",
    "eq-land": "2",
    "eq-event-study": "3",
    "eq-distance": "4",
}
# name of a figure -> its number in the paper
FIGURES_OF_PAPER = {
    "fig-event-study": "1",
    "fig-placebo": "2",
    "fig-density": "3",
    "fig-land-means": "4",
    "fig-land-event-study": "5",
}
PAPER = " of the paper"
# "02" of "02_baseline_did", "A" of "A_unbalanced_panel"
CHAPTER = re.compile(r"(?:\d\d|[A-Z])(?=_)")
CITATIONS = "enclave"
MOST_NAMES = 2


def chapter(page: str) -> str:
    """The number or letter of a chapter by the name of its page: "02" or "A"; empty for other pages."""
    found = CHAPTER.match(page.rpartition("/")[2])
    return found[0] if found else ""


def prefix(page: str) -> str:
    """What numbers of equations and figures of a page begin with: "2", "A"; "Me" for the page `methods`."""
    name = page.rpartition("/")[2]
    return chapter(page).removeprefix("0") or (name[:2].capitalize() if not chapter(page) else "0")


def number_equations(app: Sphinx, doctree: nodes.document) -> None:
    """Give the equations of a page their numbers, in the page and in references to them."""
    page, count = app.env.docname, 0
    known = app.env.domains["math"].data["objects"]
    for node in doctree.findall(nodes.math_block):
        label = node.get("label")
        if not label or label not in known:
            continue
        count += label not in OF_PAPER
        number = OF_PAPER[label] + PAPER if label in OF_PAPER else f"{prefix(page)}.{count}"
        node["number"] = number
        known[label] = (page, number)


def number_figures(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Count the figures of each page anew, without those of the paper; returns no page to write again."""
    every: dict[str, dict[str, Any]] = env.toc_fignumbers
    for page, kinds in every.items():
        for kind, numbers in kinds.items():
            ordered = sorted(numbers, key=lambda name, numbers=numbers: numbers[name])
            ours = [name for name in ordered if name not in FIGURES_OF_PAPER]
            counted = {name: (prefix(page), count) for count, name in enumerate(ours, start=1)}
            printed = {name: (number + PAPER,) for name, number in FIGURES_OF_PAPER.items() if name in numbers}
            kinds[kind] = counted | printed
    return []


class Labels(BaseLabelStyle):
    """Labels as the text has them: "Tang and Zhang, 2024"."""

    def format_labels(self, sorted_entries: list[Any]):
        """Give the label of each entry."""
        for entry in sorted_entries:
            yield label(entry)


def label(entry: Any) -> str:
    """Last names of the authors and the year, as the text cites them; from three names on "et al."."""
    people = entry.persons.get("author") or entry.persons.get("editor") or []
    names = [
        " ".join([*person.prelast_names, *person.last_names]).replace("{", "").replace("}", "") for person in people
    ]
    if not names:
        names = [entry.fields.get("organization") or entry.fields.get("key") or entry.fields.get("title", entry.key)]
    said = " and ".join(names) if len(names) <= MOST_NAMES else f"{names[0]} et al."
    return f"{said}, {entry.fields.get('year', 'no date')}"


class Style(AlphaStyle):
    """The list of literature with labels of authors and years."""

    default_label_style: Any = Labels


def setup(app: Sphinx) -> None:
    """Let Sphinx number and cite in this way."""
    register_plugin("pybtex.style.formatting", CITATIONS, Style)
    app.connect("doctree-read", number_equations)
    app.connect("env-get-updated", number_figures, priority=900)
