"""What may become of a damaged delivery."""

from dataclasses import dataclass, field

REFUSED = "refused"
SAME = "same panels"
TOLD = "changed, and told"
SILENT = "changed, as the records say"
UNEXPLAINED = "changed without explanation"
EVIDENT = "evidently wrong, and not told"
IGNORED = "a change that is not seen"
MESSAGE = "a message without place or remedy"
LATE = "refused late"
CRASH = "traceback"
GOOD = (REFUSED, SAME, TOLD, SILENT)
BAD = (UNEXPLAINED, EVIDENT, IGNORED, MESSAGE, LATE, CRASH)
ALL = (*GOOD, *BAD)
# what each means, for the page of the book
MEANING = {
    REFUSED: "an error names file, column or row and a remedy, and quotes no value of a private file",
    SAME: "the panels are those of the sound delivery",
    TOLD: "panels differ as the changed records explain, and the check reports something else than before",
    SILENT: "panels differ in just the cells that the changed records touch, as a second program finds them",
    UNEXPLAINED: "panels differ otherwise",
    EVIDENT: "panels differ for a value or a file that shows by itself that it is wrong",
    IGNORED: "the second program finds other panels, and the book the former ones",
    MESSAGE: "an error without a place or a remedy, or with a value in it",
    LATE: "the check finds nothing, and the build stops",
    CRASH: "the program stops without a message of its own",
}


@dataclass(frozen=True)
class Verdict:
    """The outcome of one mutation, with what it says of it: a message, the cells that differ, or a traceback."""

    outcome: str
    detail: str = ""
    cells: dict[str, int] = field(default_factory=dict)
