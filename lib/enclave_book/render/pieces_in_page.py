"""The places that a notebook keeps for pieces to play with become these pieces on its page."""

import json
import re
from pathlib import Path

from enclave import panels
from enclave_book.notebooks import contents
from enclave_book.pages import pieces

# a comment that no program shows, below a sentence for who reads the notebook itself
PLACE = re.compile(r"<!-- piece: (?P<name>\w+) -->\s*$")


def page(executed: str, source: str) -> str:
    """An executed notebook as the text of its file, with pieces in the place of the cells that keep their places.

    Where the panel is not offered, the cells are left out.
    """
    book = json.loads(executed)
    made, first = [], True
    for cell in book["cells"]:
        found = PLACE.search("".join(cell["source"])) if cell["cell_type"] == "markdown" else None
        if found and not pieces.offered(source):
            continue
        if found:
            cell["source"] = pieces.html(found["name"], panels.of(source), first=first)
            first = False
        made.append(cell)
    return json.dumps(book | {"cells": made}, ensure_ascii=False)


def kept(notebook: Path) -> list[str]:
    """The pieces for which a notebook keeps a place, in its order."""
    found = [PLACE.search(cell.text) for cell in contents.cells(notebook) if cell.kind == "markdown"]
    return [one["name"] for one in found if one]
