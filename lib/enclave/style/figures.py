"""The style of all figures: one palette by meaning, one font for both languages, one label that names the data.

A figure is drawn on `canvas` and ended with `finish`, which returns it, so that the last line of a cell shows it.
Figures need no window and no closing. The same data give the same bytes.
"""

import io

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import AutoLocator, MaxNLocator

from enclave.base import paths, sources

# The colours of Okabe and Ito, which differ under all common kinds of colour blindness; grey for the background.
COLOURS = {
    "helper": "#0072B2",
    "recipient": "#E69F00",
    "treated": "#D55E00",
    "control": "#7F7F7F",
    "estimate": "#0072B2",
    "printed": "#000000",
    "mark": "#000000",
    "truth": "#009E73",
    # zero and other lines to read by; the start of a treatment; years that a text names, wholly and in part
    "line": "0.3",
    "start": "0.6",
    "band": "0.88",
    "half band": "0.96",
}
FONT_FILE = "NotoSansCJKsc-subset.otf"
FONT = "Noto Sans CJK SC"
DPI = 240
# A phone shows a figure about 340 pixels wide. At this width, in inches, text of SMALL points is 10 pixels high there.
WIDTH = 4.6
SMALL = 9.5
# Printable ASCII; dashes, quotes and signs; arrows, minus and comparisons; Chinese and full-width punctuation.
RANGES = ["\x20\x7e", "\xb0\xb7", "\xd7\xd7", "\u2010\u2033", "\u2190\u2193", "\u2212\u2212", "\u2248\u2265"]
RANGES += ["\u25a0\u25cf", "\u3001\u3011", "\uff01\uff5e"]
STYLE = {
    "font.family": [FONT, "DejaVu Sans"],
    "font.size": 10,
    "axes.labelsize": 10,
    "axes.titlesize": 10,
    "legend.title_fontsize": SMALL,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "legend.fontsize": SMALL,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "0.3",
    "axes.axisbelow": True,
    # a legend covers the lines behind it, and has no edge
    "legend.facecolor": "white",
    "legend.edgecolor": "none",
    "legend.framealpha": 0.85,
    "legend.fancybox": False,
    "figure.facecolor": "white",
    "figure.dpi": 100,
    "svg.hashsalt": "enclave",
    "svg.fonttype": "path",
}


class Picture(Figure):
    """A figure that shows itself in a notebook, as a PNG and as an SVG without date or program name."""

    def _repr_png_(self) -> bytes:
        return image(self, "png")

    def _repr_svg_(self) -> str:
        return image(self, "svg").decode()


def canvas(size: tuple[float, float] = (WIDTH, 3.6), panels: int = 1) -> tuple[Picture, Axes]:
    """An empty figure in the style of the book, and its axes (an array of axes if there are several panels).

    `size` is in inches. A figure wider than `WIDTH` is made narrower, and panels are placed below each other: so its
    text can be read on a phone.
    """
    use_style()
    fig = Picture(figsize=(min(size[0], WIDTH), size[1]), layout="constrained")
    return fig, fig.subplots(nrows=panels)


def use_style() -> None:
    """Set matplotlib's defaults to the style of the book and add its font. A second call changes nothing."""
    fonts, ours = font_manager.fontManager, str(paths.FONTS / FONT_FILE)
    if not any(font.fname == ours for font in fonts.ttflist):
        # a font of this computer with the same name would give other bytes
        fonts.ttflist = [font for font in fonts.ttflist if font.name != FONT]
        fonts.addfont(ours)
    mpl.rcParams.update(STYLE)


def finish(fig: Figure, source: str) -> Figure:
    """Write the data label of `source` (`sources.data_label`) on the figure and return the figure.

    An axis of years gets ticks at whole years.
    """
    for ax in fig.axes:
        if ax.get_xlabel().startswith("Year") and isinstance(ax.xaxis.get_major_locator(), AutoLocator):
            ax.xaxis.set_major_locator(MaxNLocator(nbins="auto", steps=[1, 2, 2.5, 5, 10], integer=True))
    not_real = sources.kind(source) in (sources.SYNTHETIC, sources.UNKNOWN)
    colour = COLOURS["treated"] if not_real else "0.35"
    text = fig.suptitle(sources.data_label(source), x=0.005, ha="left", fontsize=SMALL, color=colour)
    text.set_fontweight("normal")
    return fig


def image(fig: Figure, kind: str, dpi: int = DPI) -> bytes:
    """The figure as `kind` ("png" or "svg"), with `dpi` dots per inch. The same figure always gives the same bytes.

    The letters of an SVG are outlines. So its data label is also its title, which programs can read.
    """
    title = fig.get_suptitle() or None
    metadata = {"png": {"Software": None}, "svg": {"Date": None, "Creator": None, "Title": title}}[kind]
    buffer = io.BytesIO()
    with mpl.rc_context({"svg.hashsalt": STYLE["svg.hashsalt"], "svg.fonttype": "path"}):
        fig.savefig(buffer, format=kind, dpi=dpi, metadata=metadata)
    return buffer.getvalue()


# facts that registers are read with, or that counts are compared with; no figure draws their words
NOT_DRAWN = (
    *("industry_sections.csv", "provinces.csv", "spellings.csv", "national_levels.csv"),
    *("city_economies.csv", "industrial_enterprises.csv", "new_firms.csv", "recipient_levels.csv"),
)


def characters() -> set[str]:
    """Every character that a figure may have to draw. The font must have all of them."""
    modules = [path.read_text(encoding="utf-8") for path in sorted((paths.LIB / "enclave").rglob("*.py"))]
    texts = [path.read_text(encoding="utf-8") for path in paths.FACTS.glob("*.csv") if path.name not in NOT_DRAWN]
    texts += [text for text in modules if "figures.canvas" in text]
    texts += [words for labels in sources.DATA_LABELS.values() for words in labels.values()]
    common = {chr(code) for first, last in RANGES for code in range(ord(first), ord(last) + 1)}
    return {character for character in "".join(texts) if character.isprintable()} | common
