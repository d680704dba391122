"""Copies of the notebooks to work in: without solutions, outside git, and as one page to hand in."""

import json
import re
from html import escape, unescape
from pathlib import Path
from typing import Any

from enclave.base import files, paths
from enclave.base.errors import EnclaveError, command
from enclave_book.notebooks import contents

SOLUTION = "solution"
START = "start.ipynb"
FORMULA = re.compile(r"\$\$(?P<shown>.+?)\$\$|\$(?P<inside>[^$\n]+)\$", re.DOTALL)
TAG = re.compile(r"\\tag\{([^}]*)\}")
NO_PROSE = ["pre", "code", "script", "style"]
TIME = re.compile(r"^\*\*Time\.\*\* (.*)$", re.MULTILINE)
KERNEL = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
HEAD = """# Enclave in JupyterLab

Your copies of the chapters are in the folder `work`. They are yours: no command changes or removes them, and git
ignores them. Solutions are not in them; they are in the chapters of the book, in the folder `notebooks`, and on its
pages.

**How to begin.** Open a chapter below. Choose *Run*, then *Run All Cells*. Numbers then stand in the sentences. Each
exercise has a cell to work in: put your answer in the place of the dots in `check(...)`, and run the cell. It says
whether the answer is right, or what to look at.

**To hand in.** Save the notebook, then type {page}. It becomes one file that any browser shows.

| Chapter | Time |
|---|---|
"""


def write(folder: Path | None = None) -> tuple[list[Path], list[Path]]:
    """Write a copy of each notebook without solutions into `folder`, by default `work`; those that are there stay.

    Returns the places of new copies, and of those that were there.
    """
    folder = folder or paths.WORK
    new, kept = [], []
    for notebook in contents.every():
        place = folder / notebook.name
        (kept if place.exists() else new).append(place)
        if not place.exists():
            files.write_text(without_solutions(notebook.read_text(encoding="utf-8")), place)
    return new, kept


def without_solutions(notebook: str) -> str:
    """A notebook, as the text of its file, without the cells of solutions. Cells to work in lose what hides them."""
    book = json.loads(notebook)
    book["cells"] = [cell for cell in book["cells"] if SOLUTION not in cell["metadata"].get("tags", [])]
    return json.dumps(book, ensure_ascii=False, indent=1) + "\n"


def write_start(folder: Path | None = None) -> Path:
    """Write the page that JupyterLab opens on: what is here, in which order, and how long it takes."""
    place = (folder or paths.WORK) / START
    rows = [f"| [{contents.title(one)}]({one.name}) | {_time(one)} |" for one in contents.every()]
    text = HEAD.format(page=command("page", ARGS="work/02_baseline_did.ipynb")) + "\n".join(rows)
    cell = {"cell_type": "markdown", "id": "start", "metadata": {}, "source": text.splitlines(keepends=True)}
    book = {"cells": [cell], "metadata": KERNEL, "nbformat": 4, "nbformat_minor": 5}
    files.write_text(json.dumps(book, ensure_ascii=False, indent=1) + "\n", place)
    return place


def _time(notebook: Path) -> str:
    found = [TIME.search(cell.prose) for cell in contents.cells(notebook)]
    return next((one[1] for one in found if one), "")


def page(notebook: Path) -> Path:
    """Turn a saved notebook into one HTML file next to it, with its outputs as they are; returns its place.

    Raises EnclaveError if the file is missing or no notebook.
    """
    import nbformat
    from nbconvert import HTMLExporter
    from traitlets.config import Config

    if not notebook.is_file():
        raise EnclaveError(f"There is no notebook {notebook}. Name the file, such as work/02_baseline_did.ipynb.")
    contents.cells(notebook)
    book: Any = nbformat.read(notebook, as_version=4)
    for cell in book.cells:
        if cell.metadata.get("jupyter", {}).get("source_hidden"):
            cell.transient = {"remove_source": True}
    exporter = HTMLExporter(
        config=Config({"HTMLExporter": {"embed_images": True, "mathjax_url": "", "require_js_url": ""}})
    )
    html, _ = exporter.from_notebook_node(book, {"metadata": {"name": notebook.stem}})
    place = notebook.with_suffix(".html")
    files.write_text(_with_formulas(html), place)
    return place


def _with_formulas(html: str) -> str:
    """The page with its formulas as MathML, so that no script draws them."""
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(html, "html.parser")
    for text in soup.find_all(string=FORMULA):
        if not text.find_parent(NO_PROSE):
            text.replace_with(BeautifulSoup(FORMULA.sub(_mathml, escape(str(text), quote=False)), "html.parser"))
    return str(soup)


def _mathml(found: re.Match) -> str:
    """A formula in one or two dollars, without its comment; its tag stands behind it."""
    from enclave_book.render import formulas

    latex = re.sub(r"^%.*\n", "", unescape(found["shown"] or found["inside"]).strip(), flags=re.MULTILINE)
    number = TAG.search(latex)
    latex = TAG.sub("", latex)
    if not found["shown"]:
        return formulas.inline(latex)
    lines = "<br>".join("".join(line) for line in formulas.lines(latex))
    return f"<div>{lines}{f' ({number[1]})' if number else ''}</div>"
