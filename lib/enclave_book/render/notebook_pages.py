"""Executed notebooks as pages: plain Markdown, which every program shows, becomes the MyST that Sphinx reads.

| In the notebook | On the page |
|---|---|
| a cell that says sentences | prose |
| `[Author (year)](address)` | a citation, and a list of references at the end |
| a formula in dollars with a comment and a tag | an equation with a label |
| `[the figure](#fig-name)`, `[(2.1)](#eq-name)` | the number of the figure or equation |
| `<details>` | a folded box |
| `> **Note.** ...` | a box |
| `#### Exercise 2.1` | the number of an exercise, in bold before its text |
| `#### Solution` | nothing: it is there so that JupyterLab folds what is below it, after a run too |
"""

import json
import re

from enclave_book.notebooks import contents
from enclave_book.render import citations

MARKDOWN = "text/markdown"
LINES = re.MULTILINE | re.DOTALL
EQUATION = re.compile(r"^\$\$\n% (?P<label>\S+)\n(?P<formula>.*?)\n(?:\\tag\{[^}]*\}\n)?\$\$$", LINES)
FOLDED = re.compile(r"^<details>\n<summary>(?P<title>.*?)</summary>\n\n(?P<text>.*?)\n\n</details>$", LINES)
BOX = re.compile(r"^> \*\*(?P<kind>Note|Warning)\.\*\* (?P<text>.*(?:\n> .*)*)$", re.MULTILINE)
EXERCISE = re.compile(r"^#### Exercise (\w+\.\d)\n\n", re.MULTILINE)
# JupyterLab opens the fold of the last cell after a run, so no solution is the last one
LEFT_OUT = ("#### Solution", "## References\n\nEach citation above is a link to the work.")
FIGURE = re.compile(r"\[[^\[\]]*\]\(#(fig-[\w-]+)\)")
NUMBER = re.compile(r"\[[^\[\]]*\]\(#(eq-[\w-]+)\)")
ROWS = re.compile(r"\[([^\[\]]*)\]\(\.\./book/scorecard\.md(#table=\d)\)")


def page(executed: str) -> str:
    """An executed notebook, as the text of its file, with its prose in MyST."""
    book = json.loads(executed)
    book["cells"] = [_prose(cell) for cell in book["cells"] if "".join(cell["source"]) not in LEFT_OUT]
    if any("{cite" in cell["source"] for cell in book["cells"] if cell["cell_type"] == "markdown"):
        book["cells"].append(prose("references", citations.LIST))
    return json.dumps(book, ensure_ascii=False)


def prose(name: str, text: str) -> dict:
    """A cell of prose."""
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": text}


def myst(text: str) -> str:
    """Plain Markdown as MyST. Code stays as it is."""
    text = EQUATION.sub(r"```{math}\n:label: \g<label>\n\g<formula>\n```", text)
    text = BOX.sub(_box, EXERCISE.sub(r"**Exercise \1.** ", text))
    text = FOLDED.sub(r"````{admonition} \g<title>\n:class: dropdown\n\n\g<text>\n````", text)
    text = NUMBER.sub(r"{eq}`\1`", FIGURE.sub(r"{numref}`\1`", text))
    return citations.cited(ROWS.sub(r'<a href="../book/scorecard.html\2">\1</a>', text))


def _prose(cell: dict) -> dict:
    text = "".join(cell["source"])
    if cell["cell_type"] == "markdown":
        return cell | {"source": myst(text)}
    if not contents.said(text):
        return cell
    said = "".join(cell["outputs"][0]["data"][MARKDOWN])
    return prose(cell["id"], myst(said)) | {"metadata": {"tags": cell["metadata"].get("tags", [])}}


def _box(found: re.Match) -> str:
    text = re.sub(r"^> ?", "", found["text"], flags=re.MULTILINE)
    return f"```{{{found['kind'].lower()}}}\n{text}\n```"
