"""Citations in notebooks: plain links with author and year, which every program shows, to the address of the work.

On the page of the book they become citations, so that the list of references knows them. A work without an address has
the link `#key`.
"""

import re
from functools import cache
from urllib.parse import unquote

from pybtex.database import parse_file

from enclave.base import paths

REFERENCES = "references.bib"
# [Author (year)](address) stands in a sentence, [[Author, year]](address) behind it
LINK = re.compile(r"\[(?P<text>\[[^\[\]]*\]|[^\[\]]*)\]\((?P<address>[^()\s]*)\)")
NEIGHBOURS = re.compile(r"(\{cite\}`[^`]*)`,\s\{cite\}`")
LIST = "## References\n\n```{bibliography}\n:filter: docname in docnames\n```"


@cache
def keys() -> dict[str, str]:
    """Key of each work by its addresses, of which `#key` is always one."""
    made = {}
    for key, entry in parse_file(str(paths.BOOK / REFERENCES)).entries.items():
        digital = entry.fields.get("doi")
        known = [f"https://doi.org/{digital}" if digital else None, entry.fields.get("url"), f"#{key}"]
        made |= dict.fromkeys(filter(None, known), key)
    return made


def cited(text: str) -> str:
    """The text with roles of sphinxcontrib-bibtex in the place of links to works."""
    return NEIGHBOURS.sub(r"\1,", LINK.sub(_role, text))


def _role(link: re.Match) -> str:
    key = keys().get(unquote(link["address"]))
    if key is None:
        return link[0]
    return f"{{cite}}`{key}`" if link["text"].startswith("[") else f"{{cite:t}}`{key}`"
