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

from enclave import paths, results

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
DPI = 200
# Printable ASCII; dashes, quotes and signs; arrows, minus and comparisons; Chinese and full-width punctuation.
RANGES = ["\x20\x7e", "\xb0\xb7", "\xd7\xd7", "\u2010\u2033", "\u2190\u2193", "\u2212\u2212", "\u2248\u2265"]
RANGES += ["\u25a0\u25cf", "\u3001\u3011", "\uff01\uff5e"]
STYLE = {
    "font.family": [FONT, "DejaVu Sans"],
    "font.size": 10,
    "axes.labelsize": 10,
    "xtick.labelsize": 9.5,
    "ytick.labelsize": 9.5,
    "legend.fontsize": 9.5,
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
    """A figure that shows itself in a notebook as a PNG without date or program name."""

    def _repr_png_(self) -> bytes:
        return image(self, "png")


def canvas(size: tuple[float, float] = (6.5, 4.0), columns: int = 1) -> tuple[Picture, Axes]:
    """An empty figure in the house style, and its axes (an array of axes if there are several columns).

    `size` is in inches; text is set for 6.5 inches of width, where it is still readable on a narrow screen.
    """
    use_style()
    fig = Picture(figsize=size, layout="constrained")
    return fig, fig.subplots(ncols=columns)


def use_style() -> None:
    """Set matplotlib's defaults to the house style and make the font known. Calling it again changes nothing."""
    if not any(font.name == FONT for font in font_manager.fontManager.ttflist if font.fname.endswith(FONT_FILE)):
        font_manager.fontManager.addfont(paths.FONTS / FONT_FILE)
    mpl.rcParams.update(STYLE)


def mark(fig: Figure, source: str) -> Figure:
    """Write on the figure what its data are (see `results.mark`), and return it."""
    synthetic = source not in results.MARKS
    colour = COLOURS["treated"] if synthetic else "0.35"
    text = fig.suptitle(results.mark(source), x=0.995, ha="right", fontsize=9, color=colour)
    text.set_fontweight("normal")
    return fig


def image(fig: Figure, kind: str) -> bytes:
    """The figure as `kind` ("png" or "svg"); the same figure always gives the same bytes."""
    metadata = {"png": {"Software": None}, "svg": {"Date": None, "Creator": None}}[kind]
    buffer = io.BytesIO()
    with mpl.rc_context({"svg.hashsalt": STYLE["svg.hashsalt"], "svg.fonttype": "path"}):
        fig.savefig(buffer, format=kind, dpi=DPI, metadata=metadata)
    return buffer.getvalue()


def coefficient_plot(estimates: pd.DataFrame, *, labels: str, xlabel: str, size=(6.5, 3.0)) -> Picture:
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


def characters() -> set[str]:
    """Every character that a figure may have to draw: what the font must hold."""
    modules = [path.read_text(encoding="utf-8") for path in paths.PACKAGE.glob("*.py")]
    texts = [path.read_text(encoding="utf-8") for path in paths.FACTS.glob("*.csv")]
    texts += [text for text in modules if "figures.canvas" in text]
    common = {chr(code) for first, last in RANGES for code in range(ord(first), ord(last) + 1)}
    return {character for character in "".join(texts) if character.isprintable()} | common
