"""What a page says of the data behind it: a line on top of every page, and passages for one kind of data alone.

A passage that holds for synthetic registers only stands in the directive `only` of Sphinx with the tag `synthetic`, its
counterpart with the tag `licensed`. Text outside such passages must hold for both.
"""

from sphinx.application import Sphinx
from sphinx.config import Config

from enclave import results

SYNTHETIC, LICENSED = "synthetic", "licensed"
LINES = {
    SYNTHETIC: "The registers are synthetic, and no result is evidence on Guangdong.",
    LICENSED: "Built from registers under licence. What the licence forbids must not be passed on.",
}
KINDS = {SYNTHETIC: "pipeline check", LICENSED: "replication"}


def kind(source: str) -> str:
    """The tag of a source: licensed for the licensed registers, else synthetic."""
    return LICENSED if source == LICENSED else SYNTHETIC


def line(source: str) -> str:
    """The line on top of every page."""
    return f"<strong>{results.mark(source)}.</strong> {LINES[kind(source)]}"


def apply(app: Sphinx, source: str) -> None:
    """Let the book be one of `source`; called when Sphinx is set up."""
    app.tags.add(kind(source))

    def told(app: Sphinx, config: Config) -> None:
        config.html_theme_options = {**config.html_theme_options, "announcement": line(source)}
        config.myst_substitutions = {**config.myst_substitutions, "kind_of_check": KINDS[kind(source)]}

    app.connect("config-inited", told)
