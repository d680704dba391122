"""What a page says of the data behind it: a line on top of every page, and passages for one kind of data alone.

A passage that holds for one kind of registers stands in the directive `only` of Sphinx with its kind as tag: synthetic,
licensed or unknown (`sources.kind`). Text outside such passages must hold for all three.
"""

from sphinx.application import Sphinx
from sphinx.config import Config

from enclave.base import sources

LINES = {
    sources.SYNTHETIC: "The registers are synthetic, and no result is evidence on Guangdong.",
    sources.LICENSED: "Built from registers under licence. What the licence forbids must not be passed on.",
    sources.UNKNOWN: "Nothing says who made the registers. Take them for private, and no result for evidence.",
}
KINDS = {
    sources.SYNTHETIC: "pipeline check",
    sources.LICENSED: "replication",
    sources.UNKNOWN: "comparison with print",
}


def line(source: str) -> str:
    """The line on top of every page."""
    return f"<strong>{sources.data_label(source)}.</strong> {LINES[sources.kind(source)]}"


def apply(app: Sphinx, source: str) -> None:
    """Let the book be one of `source`; called when Sphinx is set up."""
    app.tags.add(sources.kind(source))

    def told(app: Sphinx, config: Config) -> None:
        config.html_theme_options = {**config.html_theme_options, "announcement": line(source)}
        config.myst_substitutions = {**config.myst_substitutions, "kind_of_check": KINDS[sources.kind(source)]}

    app.connect("config-inited", told)
