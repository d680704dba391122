"""Generated part of the page on lists of treated pairs, from the result files in `data/lists`.

`python -m enclave_twin.lists.choose` and `python -m enclave_twin.lists.run` write these files. The page computes no
list: it only counts and names.
"""

import numpy as np
import pandas as pd

from enclave import facts
from enclave.base import paths
from enclave.base.terms import DISTANCES, PAIR
from enclave.facts import treated_pairs
from enclave_book.pages.markdown import table

# conventions in the tables of the page; the others are in the files
SHOWN = [
    "equal_area",
    "equal_area_main_part",
    "lambert_china",
    "lambert_china_main_part",
    "degrees_111",
    "web_mercator",
]
# how a convention is called on the page; `distance_recipes.csv` has the recipes
NAMES = {
    "equal_area": "equal-area plane (ours)",
    "albers_china": "Albers, China",
    "lambert_china": "Lambert conformal, China",
    "utm_49": "UTM zone 49",
    "utm_50": "UTM zone 50",
    "cgcs2000_114": "CGCS2000, meridian 114",
    "geodesic": "ellipsoid",
    "great_circle": "sphere",
    "degrees_111": "degrees times 111 km",
    "degrees_111_32": "degrees times 111.32 km",
    "web_mercator": "Web Mercator",
}
MAIN = "_main_part"
PRINTED = "**printed, at least**", "**printed, at most**"
LABELS = ["boundaries", "centroids", "to delta’s centroid", "to delta’s boundary"]
MEANINGS = {
    "none": "any documented pairs",
    "example": "with the paper's example",
    "named": "with both pairs that it names",
    "example and first": "with its example and the first park on record",
}
CITIES = ["helper_city", "recipient_city"]
# share of lists from which on a pair counts as always there
ALWAYS = 0.999


def page(source: str) -> str:
    """All parts: the list of the book and its runners-up, conventions, classes, lists, pairs."""
    parts = [
        _heading("The list of this book"),
        _own(),
        left_out(),
        _heading("What each condition asks, and what the list gives"),
        _asked(),
        _heading("Runners-up"),
        _runners_up(),
        _heading("What a convention changes"),
        _conventions(),
        _heading("Which classes cannot meet the tables"),
        _proven(),
        _counted(),
        _heading("Which lists come near"),
        _near(),
        _heading("The best lists, pair by pair"),
        _best(),
        _heading("Which pairs all visited lists have"),
        _walks(),
    ]
    return "\n\n".join(parts) + "\n"


def read(name: str) -> pd.DataFrame:
    """A result file of `data/lists`."""
    return pd.read_csv(paths.LISTS / f"{name}.csv")


def _heading(text: str) -> str:
    return f"## {text}"


def _own() -> str:
    """The pairs of the list of the book with their evidence."""
    rows, first = read("book_pairs"), read("book_candidates").iloc[0]
    own = rows[rows["rank"] == 1].drop(columns="rank").rename(columns={"park_zh": "park"})
    own = own.rename(columns={"helper_city": "helper", "recipient_city": "recipient"})
    return (
        "The rule takes this list (`data/facts/treated.csv`). It has both pairs that the paper names, "
        f"{first['lower']:.0f} lower parks and {first['bounds']:.0f} years that are bounds. It is {first['away']:.2f} "
        f"half intervals away from the sixteen conditions in sum.{_before_the_pairing()}\n\n{table(own)}"
    )


def _before_the_pairing() -> str:
    """Pairs whose park has a former name and whose year is earlier than the pairing that gave the park its helper."""
    rows = " ".join(
        f"{row.helper_city}–{row.recipient_city} counts from {row.cohort}. That is earlier than the pairing of "
        f"{row.paired} that gave the park this helper. No report supports it; it stands because print is met "
        "with it."
        for row in treated_pairs.before_the_pairing().itertuples()
    )
    return rows and f" {rows}"


def _asked() -> str:
    """The sixteen conditions of the list of the book: the printed interval and its own value."""
    rows = read("book_conditions")
    own = rows[rows["rank"] == 1]
    broken = own[own["missed"] > 0]
    shown = pd.DataFrame(
        {
            "column of Table 4": own["column"],
            "distance": own["distance"].map(dict(zip(DISTANCES, LABELS, strict=True))),
            "controls": own["controls"].map({0: "no", 1: "yes"}),
            "condition": own["condition"].map({"slope": "mean distance, km", "gain": "gain in R²"}),
            "print asks": _interval(own, "asked"),
            "the list gives": _interval(own, "given"),
            "half intervals away": own["missed"].map("{:.3f}".format),
        }
    )
    return (
        f"{len(broken)} of {len(own)} conditions are broken, the worst by {own['missed'].max():.2f} of a half "
        "interval. A list that breaks an exact condition cannot give the printed numbers to the last digit, whatever "
        "the counts. So a twin with this list must miss some numbers of Table 4 by a unit "
        f"(`data/twin/relaxed_targets.csv`).{_not_the_papers(broken)}\n\n{table(shown)}"
    )


def _not_the_papers(broken: pd.DataFrame) -> str:
    """What broken conditions without controls say of the list, beside the lists that break fewer."""
    exact = broken[broken["controls"] == 0]
    if exact.empty:
        return ""
    found = read("candidates").query("convention == 'equal_area' and named_pairs == 2 and broken_8 == 0")
    plain = found.loc[found["away_16"].idxmin()] if len(found) else None
    counted = ", and if its R² counts the fixed effects" if (exact["condition"] == "gain").any() else ""
    words = (
        f"\n\nIf the paper measured as we do{counted}, **this list is not the paper's**: of the "
        f"conditions without controls, which are exact, it breaks {len(exact)}, by {exact['missed'].max():.2f} of a "
        "half interval. Some lists of documented parks break none of the sixteen. Those that were found have not both "
        "named pairs, or other distances."
    )
    if plain is None:
        return words
    return (
        f"{words} With both named pairs and our distances a list was found that breaks no exact condition, "
        f"with {plain['lower']} lower parks and {plain['bounds']} bounds. It breaks {plain['broken_16']} of the "
        f"conditions with controls, by {plain['away_16']:.2f} half intervals in sum, too far to be near print by the "
        "rule."
    )


def _interval(rows: pd.DataFrame, kind: str) -> list[str]:
    """Intervals in words: km with one digit, gains with five."""
    digits = rows["condition"].map({"slope": 1, "gain": 5})
    ends = zip(rows[f"{kind}_low"], rows[f"{kind}_high"], digits, strict=True)
    return [
        f"{low:.{n}f}" if f"{low:.{n}f}" == f"{high:.{n}f}" else f"{low:.{n}f} to {high:.{n}f}" for low, high, n in ends
    ]


def _runners_up() -> str:
    """The next lists by the rule, and in what they differ from the list of the book."""
    rows, pairs = read("book_candidates"), read("book_pairs")
    given = {rank: set(own[[*CITIES, "cohort"]].itertuples(index=False)) for rank, own in pairs.groupby("rank")}
    words = {
        rank: ", ".join(f"{one.helper_city}–{one.recipient_city} {one.cohort}" for one in sorted(own - given[1]))
        for rank, own in given.items()
    }
    shown = pd.DataFrame(
        {
            "rank": rows["rank"],
            "lower parks": rows["lower"],
            "bounds": rows["bounds"],
            "conditions broken": rows["broken"],
            "half intervals away": rows["away"].map("{:.2f}".format),
            "missed by thirteen paths": rows["missed"].map("{:.2f}".format),
            "pairs and years that the list of the book does not have": rows["rank"].map(words),
        }
    )
    return (
        "The nearest list of each kind of evidence among those that a search found near print under the distances of "
        "the book. “Missed by thirteen paths” says how far few parameters per pair leave the printed numbers without "
        "controls, standard errors and averages of Table 3 included, in units of their rounding. It is a rough measure "
        f"of whether a twin with the list can give these numbers.\n\n{table(shown)}"
    )


def left_out() -> str:
    """The documented pairs that the committed list has among the pairs that were never treated, in one sentence."""
    own = facts.treated()
    both = facts.parks().query("helper_level == 'city' and recipient_level == 'city'")
    cities = set(both[PAIR].itertuples(index=False, name=None))
    named = set(read("named_in_the_paper")[CITIES].itertuples(index=False, name=None))
    missing = named - set(own[CITIES].itertuples(index=False, name=None))
    absent = ", ".join(f"{helper}–{recipient}" for helper, recipient in sorted(missing))
    rows = [
        f"{row.helper_city}–{row.recipient_city}" + (" (two cities)" if (row.helper, row.recipient) in cities else "")
        for row in controls_with_a_park().sort_values(CITIES).itertuples()
    ]
    dropped = [
        f"{row.helper_city}–{row.recipient_city}" + (" (two cities)" if (row.helper, row.recipient) in cities else "")
        for row in dropped_with_a_park().sort_values(CITIES).itertuples()
    ]
    no_link = f" Further pairs with a park have no link in the twin and were dropped: {', '.join(dropped)}."
    return (
        f"The list has {len(own)} pairs. Of the pairs that the paper names, it leaves out: **{absent or 'none'}**. In "
        f"the twin {len(rows)} of its control pairs have a documented park: {', '.join(rows)}. These pairs count as "
        "never treated there, although a park is on record: Table 1 has room for 13 treated pairs with a link, and "
        "these pairs do not agree with the printed numbers as well. {doc}`/notebooks/02_baseline_did` has Table 2 "
        "without them and with them treated." + (no_link if dropped else "")
    )


def controls_with_a_park() -> pd.DataFrame:
    """Rows of `facts.parks`, one per pair: pairs of the twin with a link and a park that count as never treated."""
    return _never_treated_with_a_park().query("linked == 'both'")


def dropped_with_a_park() -> pd.DataFrame:
    """Rows of `facts.parks`, one per pair: untreated pairs with a park that have no link in the twin."""
    return _never_treated_with_a_park().query("linked == 'left_only'")


def _never_treated_with_a_park() -> pd.DataFrame:
    linked = pd.read_csv(paths.MANUFACTURING, dtype=dict.fromkeys(PAIR, "str"))[PAIR].drop_duplicates()
    pairs = facts.parks().drop_duplicates(PAIR).merge(linked, on=PAIR, how="left", indicator="linked")
    return pairs.merge(facts.treated()[PAIR], on=PAIR, how="left", indicator=True).query("_merge == 'left_only'")


def called(convention: str) -> str:
    """The name of a convention in words."""
    return NAMES[convention.removesuffix(MAIN)] + (", main part" if convention.endswith(MAIN) else "")


def _conventions() -> str:
    """Weighted mean distances of the committed list under each convention, beside what print allows."""
    rows = read("committed_conditions")
    slopes = rows[(rows["condition"] == "slope") & (rows["controls"] == 0)]
    means = slopes.pivot(index="convention", columns="distance", values="given_low")[DISTANCES]
    broken = rows.assign(n=rows["missed"] > 0).groupby("convention")["n"].sum()
    edges = slopes[slopes["convention"] == "equal_area"].set_index("distance").loc[DISTANCES]
    main = [name + MAIN for name in NAMES]
    shown = means.loc[list(NAMES)].set_axis(LABELS, axis=1)
    shown.insert(1, "boundaries, main part", means.loc[main, DISTANCES[0]].to_numpy())
    shown = shown.round(1).assign(**{"broken of 16": broken[list(NAMES)].astype(str).to_numpy()})
    for label, column in zip(PRINTED, ("asked_low", "asked_high"), strict=True):
        asked = edges[column].round(1).tolist()
        shown.loc[label] = [asked[0], *asked, ""]
    shown.index = [NAMES.get(name, name) for name in shown.index]
    ratio, part = means.loc["web_mercator"] / means.loc["equal_area"], broken[main]
    others = np.abs(means.loc[main, DISTANCES[1:]].to_numpy() - means.loc[list(NAMES), DISTANCES[1:]].to_numpy()).max()
    return (
        "The weighted mean distances of the committed list in km, beside those that the printed columns without "
        "controls imply. The last two distances are measured from the recipient’s boundary. “Main part” leaves out "
        f"all polygons of a city but the largest, such as islands. It moves the other distances by {others:.1f} km at "
        f"most; {part.min()} to {part.max()} conditions are then broken. `data/lists/distance_recipes.csv` has each "
        f"recipe.\n\n{table(shown.rename_axis('convention').reset_index())}\n\n"
        f"Web Mercator makes distances {100 * (ratio.min() - 1):.1f} to {100 * (ratio.max() - 1):.1f} per cent longer "
        "than our plane."
    )


def _proven() -> str:
    """Proven bounds: which conventions allow no list with documented years, and how many lower parks others need."""
    rows = read("proofs")
    words = rows["fewest_lower"].map(lambda n: "no list" if pd.isna(n) else f"{int(n)} or more")
    wide = rows.assign(found=words).pivot(index="convention", columns="required", values="found")
    wide = wide.loc[rows["convention"].unique(), rows["required"].unique()].rename(index=called, columns=MEANINGS)
    none = rows[(rows["required"] == "none") & rows["fewest_lower"].isna()]
    return (
        "A proof holds for every list of its class, however many there are. Here the class is all lists with "
        "documented years. The table says how many parks below two cities a list needs at least in order to meet the "
        "eight conditions of the columns without controls. “No list” means that none can meet them. A number is a "
        f"lower bound: a list with so few need not exist. Under {len(none)} of {rows['convention'].nunique()} "
        "conventions no list with documented years can meet them, whatever the level of its parks.\n\n"
        f"{table(wide.reset_index())}"
    )


def _counted() -> str:
    """The counts of whole classes in one table."""
    rows = read("counts")
    keys = ["class", "convention"]
    sums = rows.groupby(keys, sort=False)[["lists", "four_slopes", "eight", "sixteen"]].sum().reset_index()
    names = {"four_slopes": "meet four slopes", "eight": "meet the eight", "sixteen": "meet all sixteen"}
    lists = sums.drop_duplicates("class")
    sums["convention"] = sums["convention"].map(called)
    words = " and ".join(f"{row.lists:,} lists of the class “{row['class']}”" for _, row in lists.iterrows())
    return (
        f"Some classes are small enough to try every list: {words}. “5 lower” means at most five parks below two "
        f"cities.\n\n{table(_with_commas(sums).rename(columns=names))}"
    )


def _with_commas(counts: pd.DataFrame) -> pd.DataFrame:
    """The same with a comma between thousands."""
    return counts.assign(**{name: counts[name].map("{:,}".format) for name in counts.select_dtypes("number")})


def _near() -> str:
    """The nearest list that a search found, by convention and required pairs."""
    rows = read("candidates")
    nearest = rows.sort_values(["away_16", "lower", "bounds"]).drop_duplicates(["convention", "required"])
    plain = rows.sort_values(["away_8", "lower", "bounds"]).drop_duplicates(["convention", "required"])
    both = nearest.merge(plain, on=["convention", "required"], suffixes=("", "_plain"))
    order = pd.MultiIndex.from_product([SHOWN, MEANINGS], names=["convention", "required"])
    both = both.set_index(["convention", "required"]).reindex(order).dropna(how="all").reset_index()
    shown = pd.DataFrame(
        {
            "convention": both["convention"].map(called),
            "lists": both["required"].map(MEANINGS),
            "eight: broken": both["broken_8_plain"].astype("Int64"),
            "eight: half intervals away": both["away_8_plain"].round(3),
            "sixteen: broken": both["broken_16"].astype("Int64"),
            "sixteen: half intervals away": both["away_16"].round(3),
            "lower parks": both["lower"].astype("Int64"),
            "bounds": both["bounds"].astype("Int64"),
        }
    )
    return (
        "A search over all documented parks, with years that may be bounds. Each row has the list that is nearest to "
        "the eight exact conditions, and the one that is nearest to all sixteen, with its evidence. A search finds "
        f"lists; what it does not find may exist.\n\n{table(shown)}"
    )


def _best() -> str:
    """The pairs of the first list by rank under each shown convention."""
    rows, pairs = read("candidates"), read("treated_candidates")
    texts = []
    for name in SHOWN:
        own = rows[(rows["convention"] == name) & (rows["choice"] == "rule") & (rows["aim"] == "sixteen")]
        for required in ("example", "named"):
            for row in own[own["required"] == required].head(1).itertuples():
                each = pairs[pairs["rank"] == row.rank]
                words = ", ".join(f"{one.helper_city}–{one.recipient_city} {one.cohort}" for one in each.itertuples())
                texts.append(
                    f"- {called(name)}, {MEANINGS[required]} (rank {row.rank}; {row.broken_16} of sixteen broken, "
                    f"{row.away_16:.2f} half intervals away; {row.lower} lower parks, {row.bounds} bounds): {words}."
                )
    return (
        "These lists come from an earlier rule, without the demand on broken conditions. The book's list is the one "
        "above. Among lists at most a quarter of a half interval away from print in sum the earlier rule takes the "
        "fewest lower parks, then the fewest years that are bounds, then the nearest. If no list is so near, it takes "
        "the nearest.\n\n" + "\n".join(texts)
    )


def _walks() -> str:
    """Pairs that are in every list of the walks, and those that are in none, by convention."""
    rows = read("walks")
    if rows.empty:
        return "No list that meets an aim was found, so there is no walk among such lists."
    share = rows.groupby(["convention", "required", "aim", *CITIES], as_index=False)["share"].sum()
    texts = []
    for (name, required, aim), own in share.groupby(["convention", "required", "aim"], sort=False):
        always = own[own["share"] >= ALWAYS]
        words = ", ".join(f"{one.helper_city}–{one.recipient_city}" for one in always.itertuples()) or "none"
        texts.append(
            {"convention": called(name), "lists": MEANINGS[required], "conditions": aim, "always there": words}
        )
    every = (share.groupby(CITIES)["share"].sum() / len(texts)).sort_values(ascending=False)
    most = ", ".join(
        f"{helper}–{recipient} ({100 * each:.0f} per cent)" for (helper, recipient), each in every[:8].items()
    )
    return (
        "Walks among lists that meet the conditions, from one list to the next by a change of one pair or year. They "
        "start at the nearest list that was found and reach only lists connected with it.\n\n"
        f"{table(pd.DataFrame(texts))}\n\nThe most frequent pairs, by their mean share over these walks: {most}."
    )
