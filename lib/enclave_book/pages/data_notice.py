"""What every page says about its data: a line at its top, and passages for one kind of data alone.

A passage that holds for one kind of registers is in the directive `only` of Sphinx with its kind as tag: synthetic,
licensed or unknown (`sources.kind`). Text outside such passages must hold for all three.
"""

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
    """The line at the top of every page."""
    return f"<strong>{sources.data_label(source)}.</strong> {LINES[sources.kind(source)]}"


def settings(source: str) -> dict[str, object]:
    """Settings of Sphinx that depend on the source. `enclave_kind` is the tag of the directive `only`."""
    return {
        "enclave_kind": sources.kind(source),
        "html_theme_options": {"announcement": line(source)},
        "myst_substitutions": {"kind_of_check": KINDS[sources.kind(source)]},
    }
