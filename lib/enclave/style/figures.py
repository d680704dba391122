"""The house style of all figures: one palette by meaning, one font for both languages, one mark that names the data.

A figure is drawn on `canvas` and closed by `mark`, which returns it, so that the last line of a cell shows it. Figures
belong to no window system: nothing has to be closed, and the same data give the same bytes.
"""

import io

import matplotlib as mpl
import pandas as pd
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from enclave.base import paths, sources
from enclave.exhibits import results

# Okabe and Ito's colours, told apart under all common kinds of colour blindness; grey for what is only background.
COLOURS = {
    "helper": "#0072B2",
    "recipient": "#E69F00",
    "treated": "#D55E00",
    "control": "#7F7F7F",
    "estimate": "#0072B2",
    "printed": "#000000",
    "truth": "#009E73",
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
    "legend.frameon": False,
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
    """An empty figure in the house style, and its axes (an array of axes if there are several panels).

    `size` is in inches. No figure is wider than `WIDTH`, so that its text can be read on a phone: a wider `size` is
    narrowed. For the same reason panels stand below each other, never side by side.
    """
    use_style()
    fig = Picture(figsize=(min(size[0], WIDTH), size[1]), layout="constrained")
    return fig, fig.subplots(nrows=panels)


def use_style() -> None:
    """Set matplotlib's defaults to the house style and make the font known. Calling it again changes nothing."""
    fonts, ours = font_manager.fontManager, str(paths.FONTS / FONT_FILE)
    if not any(font.fname == ours for font in fonts.ttflist):
        # one of this machine with the same name would give other bytes
        fonts.ttflist = [font for font in fonts.ttflist if font.name != FONT]
        fonts.addfont(ours)
    mpl.rcParams.update(STYLE)


def mark(fig: Figure, source: str) -> Figure:
    """Write on the figure what its data are (see `results.mark`), in the language of the page, and return it."""
    doubtful = sources.kind(source) in (sources.SYNTHETIC, sources.UNKNOWN)
    colour = COLOURS["treated"] if doubtful else "0.35"
    text = fig.suptitle(results.mark(source), x=0.005, ha="left", fontsize=SMALL, color=colour)
    text.set_fontweight("normal")
    return fig


def image(fig: Figure, kind: str) -> bytes:
    """The figure as `kind` ("png" or "svg"); the same figure always gives the same bytes.

    An SVG, whose letters are outlines, has its mark as its title too, so that programs can read what its data are.
    """
    title = fig.get_suptitle() or None
    metadata = {"png": {"Software": None}, "svg": {"Date": None, "Creator": None, "Title": title}}[kind]
    buffer = io.BytesIO()
    with mpl.rc_context({"svg.hashsalt": STYLE["svg.hashsalt"], "svg.fonttype": "path"}):
        fig.savefig(buffer, format=kind, dpi=DPI, metadata=metadata)
    return buffer.getvalue()


def coefficient_plot(estimates: pd.DataFrame, *, labels: str, xlabel: str, size=(WIDTH, 3.0)) -> Picture:
    """Estimates with their 95 per cent intervals, one row each, from the top down, and a line at zero.

    `estimates` has estimate, conf_low and conf_high, the column of row names `labels`, and where it has a column
    `printed`, the printed number stands beside each estimate.
    """
    fig, ax = canvas(size)
    rows = range(len(estimates))
    ax.axvline(0, color="0.3", linewidth=0.8)
    ax.hlines(rows, estimates["conf_low"], estimates["conf_high"], color=COLOURS["estimate"], linewidth=2)
    ax.plot(estimates["estimate"], rows, "o", color=COLOURS["estimate"], label="obtained, with 95% interval")
    if "printed" in estimates:
        ax.plot(estimates["printed"].astype(float), rows, "D", markersize=7, mfc="none", mec="black", label="printed")
        ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    ax.set_yticks(rows, estimates[labels])
    ax.set(ylim=(len(estimates) - 0.5, -0.5), xlabel=xlabel)
    return fig


def specification_curve(estimates: pd.DataFrame, choices: list[str], *, ours: pd.Series, ylabel: str) -> Picture:
    """Estimates in rising order with their 95 per cent intervals above, and below them a dot for each choice made.

    `estimates` has estimate, conf_low, conf_high and the columns `choices`, whose values are the rows of the lower
    panel. `ours`, true or false for each row, marks the estimates of the book.
    """
    order = estimates["estimate"].sort_values(kind="stable").index
    rows, ours = estimates.loc[order].reset_index(drop=True), ours.loc[order].reset_index(drop=True)
    fig = canvas((WIDTH, 6.0))[0]
    fig.clear()
    above, below = fig.subplots(2, sharex=True, height_ratios=[1, 1.3])
    colours = ours.map({True: COLOURS["treated"], False: COLOURS["control"]})
    above.axhline(0, color="0.3", linewidth=0.8)
    above.vlines(rows.index, rows["conf_low"], rows["conf_high"], color=colours, linewidth=1.2)
    above.scatter(rows.index, rows["estimate"], color=colours, s=14, zorder=3)
    above.set(ylabel=ylabel)
    levels = [(choice, value) for choice in choices for value in estimates[choice].unique()]
    for row, (choice, value) in enumerate(levels):
        at = rows.index[rows[choice] == value]
        below.scatter(at, [row] * len(at), color=colours[at], s=8)
    below.set_yticks(range(len(levels)), [str(value) for _, value in levels])
    below.set(ylim=(len(levels) - 0.5, -0.5), xlabel="Specifications, in order of their estimates", xticks=[])
    return fig


def characters() -> set[str]:
    """Every character that a figure may have to draw: what the font must hold."""
    modules = [path.read_text(encoding="utf-8") for path in sorted((paths.LIB / "enclave").rglob("*.py"))]
    texts = [path.read_text(encoding="utf-8") for path in paths.FACTS.glob("*.csv")]
    texts += [text for text in modules if "figures.canvas" in text]
    texts += [words for marks in results.MARKS.values() for words in marks.values()]
    common = {chr(code) for first, last in RANGES for code in range(ord(first), ord(last) + 1)}
    return {character for character in "".join(texts) if character.isprintable()} | common
