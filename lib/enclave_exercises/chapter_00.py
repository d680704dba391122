"""Exercises of chapter 0: who helps whom."""

import shapely

from enclave import facts, panels
from enclave.base.terms import DISTANCES, PAIR
from enclave.facts import geography, treated_pairs
from enclave_exercises.answers import Answers

# about the shift of GCJ-02, in degrees
SHIFT = 1 / 200


def recipients_with_several_helpers(source: str) -> Answers:
    """0.1: number of recipients with more than one helper."""
    treated = treated_pairs.of_source(source)
    helpers = treated.groupby("recipient")["helper"].nunique()
    several = treated["recipient"].isin(helpers[helpers > 1].index)
    wrong = {
        "You counted pairs. Each recipient counts once, however many helpers it has.": int(several.sum()),
        "You counted all recipients, those with a single helper too.": len(helpers),
        "You counted all treated pairs.": len(treated),
    }
    return Answers(int((helpers > 1).sum()), wrong)


def treated_under_any_level_only(source: str) -> Answers:
    """0.2: number of pairs treated under `any_level` and not under `city_level`."""
    rules = treated_pairs.compare_rules()
    simple, widest = rules["city_level"].notna(), rules["any_level"].notna()
    wrong = {
        "You counted every pair that `any_level` treats, those that `city_level` treats too.": int(widest.sum()),
        "You counted the pairs of `city_level`. The question is about the others.": int(simple.sum()),
        "You counted the pairs that both rules treat.": int((widest & simple).sum()),
        "You counted every pair that some rule treats.": len(rules),
    }
    return Answers(int((widest & ~simple).sum()), wrong)


def treated_by_agreement(source: str) -> Answers:
    """0.3: number of pairs treated if the year of the agreement alone counts, parks of two cities."""
    milestones = treated_pairs.milestones(facts.parks())
    agreements = milestones[milestones["milestone"] == "agreement_date"]
    wrong = {
        "You counted agreements. Those of districts and counties are among them, and a pair may have several.": len(
            agreements
        ),
        "You counted pairs of all milestones. Keep the agreements before you apply the rule.": len(
            treated_pairs.by_rule("city_level")
        ),
        "You counted milestones of every kind.": len(milestones),
    }
    return Answers(int(treated_pairs.city_level(agreements).groupby(PAIR).ngroups), wrong)


def largest_change_of_distance(source: str) -> Answers:
    """0.4: largest change of a distance if all boundaries are shifted, km."""
    cities = facts.boundaries("city")
    before = geography.distances(cities).set_index(PAIR)
    moved = shapely.transform(cities["geometry"].to_numpy(), lambda points: points + SHIFT)
    change = (geography.distances(cities.assign(geometry=moved)).set_index(PAIR) - before).abs()
    wrong = {
        "That is how far the boundaries themselves move. Both ends of a line move.": SHIFT * 111.2 * (1 + 0.84) ** 0.5,
        "That is the mean change. The question asks for the largest.": float(change.stack().mean()),
        "These are metres. The distances are in kilometres.": 1000 * float(change.max().max()),
        "That is the smallest of the four maxima. Look at all four distances.": float(change.max().min()),
    }
    return Answers(float(change.max().max()), wrong, tolerance=0.02)


def most_different_rank(source: str) -> Answers:
    """0.5: the pair that boundary and centroid distance rank most differently."""
    pairs = panels.pairs(treated_pairs.of_source(source)).set_index(PAIR)
    boundary, centroid = (pairs[name].rank() for name in DISTANCES[:2])
    apart = (boundary - centroid).abs()
    wrong = {
        "You compared kilometres. Compare places in the two orders.": (pairs[DISTANCES[1]] - pairs[DISTANCES[0]])
        .abs()
        .idxmax(),
        "That is the pair which both distances rank most alike.": apart.idxmin(),
        "That is the pair with the farthest centroids.": centroid.idxmax(),
        "That is the pair with the nearest centroids.": centroid.idxmin(),
    }
    return Answers(apart.idxmax(), wrong, also=tuple(apart[apart == apart.max()].index))


EXERCISES = [
    recipients_with_several_helpers,
    treated_under_any_level_only,
    treated_by_agreement,
    largest_change_of_distance,
    most_different_rank,
]
