"""The search of the book: finds parts of Chinese words, and a chapter before an appendix.

Chinese has no blanks between words. A run of its characters is indexed as all its pairs of neighbours, and a query is
split in the same way, so that 飞地 is found in 飞地经济.
"""

import re
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.search.en import SearchEnglish

CHINESE = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+")
SPLITTER = r"""
function splitQuery(query) {
  const words = query.split(/[^\p{Letter}\p{Number}_\p{Emoji_Presentation}]+/gu).filter((word) => word);
  const parts = words.flatMap((word) => word.split(/([\u3400-\u9fff\uf900-\ufaff]+)/)).filter((part) => part);
  return parts.flatMap((part) => /^[\u3400-\u9fff\uf900-\ufaff]{2,}$/.test(part)
    ? [...part].slice(1).map((sign, at) => [...part][at] + sign) : [part]);
}
"""
SCORER = Path(__file__).with_name("search_order.js")


class BookSearch(SearchEnglish):
    """English, with Chinese in pairs of characters."""

    js_splitter_code = SPLITTER

    def split(self, input: str) -> list[str]:
        """The words of a text; a run of Chinese characters as its pairs."""
        return [part for word in super().split(input) for part in parts(word)]


def parts(word: str) -> list[str]:
    """A word, or the pairs of neighbours of its Chinese characters and what stands between them."""
    made, done = [], 0
    for run in CHINESE.finditer(word):
        made += [word[done : run.start()], *pairs(run[0])]
        done = run.end()
    return [part for part in [*made, word[done:]] if part]


def pairs(run: str) -> list[str]:
    """The pairs of neighbours of a run of characters; a single character alone."""
    return [run[at : at + 2] for at in range(len(run) - 1)] or [run]


def order_results(app: Sphinx, config: Config) -> None:
    """Let the results be ordered by `search_order.js`."""
    config.html_search_scorer = str(SCORER)


def setup(app: Sphinx) -> None:
    """Let Sphinx index and order in this way."""
    app.add_search_language(BookSearch)
    app.connect("config-inited", order_results)
