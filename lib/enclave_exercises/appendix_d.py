"""Exercises of Appendix D: several twins."""

from enclave import facts
from enclave_exercises.answers import Answers, Choice

ALIKE = {
    "a": "A regression adds up many cells, and many sets of cells have one sum.",
    "b": "Another list of treated pairs gives other sizes to the pairs.",
    "d": "Compute both correlations for two twins. With one twin, ask what the printed tables would have to say.",
}
MEDIAN_PATH = {
    "a": "Errors average out if they are drawn around the truth. What were these twins drawn from?",
    "b": "Each twin prints the same tables, on each path.",
    "d": "The trouble is not that the median is no mean.",
}


def widest_room(source: str) -> Answers:
    """D.1: the table with the widest room of print, by the median of rounding unit over printed number."""
    printed = facts.published()
    value = printed["printed"].astype(float).abs()
    unit = 10.0 ** -printed["decimals"].astype(float)
    seen = value > 0
    room = (unit / value)[seen].groupby(printed["table"]).median().sort_values()
    mean = (unit / value)[seen].groupby(printed["table"]).mean().idxmax()
    wrong = {
        "That table has the narrowest room.": int(room.index[0]),
        "That table has the widest room by the mean. Take the median.": int(mean),
        "That table comes second.": int(room.index[-2]),
        "That table is in the middle.": int(room.index[len(room) // 2]),
        "That table has the largest printed numbers in the middle.": int(
            value.groupby(printed["table"]).median().idxmax()
        ),
    }
    return Answers(int(room.index[-1]), wrong, also=tuple(int(table) for table in room.index[room == room.iloc[-1]]))


EXERCISES = [widest_room, Choice("c", ALIKE).answers, Choice("c", MEDIAN_PATH).answers]
