"""Generated part of the scorecard page: the statements that the paper makes in words, and how far to trust each."""

import pandas as pd

from enclave import facts
from enclave.base import paths, sources
from enclave.exhibits import results
from enclave.panels import targets
from enclave_book.pages.markdown import table

COLUMNS = {
    "id": "Claim",
    "where": "Where",
    "claim": "What the paper says",
    "holds": "Holds",
    "evidence": "Evidence",
    "implementation": "Implementation",
    "design": "Design",
    "targeted": "Fitted in the twin",
}
REASONS = {
    "id": "Claim",
    "implementation": "Implementation",
    "verified_by": "Verified by",
    "check": "Test and page",
    "design": "Design",
    "reason": "Why",
}


def page(source: str) -> str:
    """How many statements hold, then each with its place, verdict and evidence, and how far to trust it."""
    found = results.read("claims", source)
    standing = facts.standing()
    shown = facts.claims().merge(found, on="id").merge(standing[["id", "implementation", "design"]], on="id")
    shown["holds"] = shown["holds"].map({True: "yes", False: "no"})
    # the list is of the default twin
    if paths.target_counts(source) == paths.TWIN:
        targeted = targets.targeted_claims().set_index("id")
        shown["targeted"] = shown["id"].map(targeted["targeted"] + ": " + targeted["how"])
    shown = shown[[name for name in COLUMNS if name in shown]].rename(columns=COLUMNS)
    words = f"{sources.data_label(source)}. {found['holds'].sum()} of {len(found)} statements hold."
    return f"{words}\n\n{table(shown)}\n\n### How far to trust each\n\n{table(reasons(standing))}\n"


def reasons(standing: pd.DataFrame) -> pd.DataFrame:
    """Why a statement has its words for implementation and design, with the test and the page to look at."""
    check = "`" + standing["test"].str.replace("::", "` `") + "`, {doc}`" + standing["page"] + "`"
    return standing.assign(check=check)[list(REASONS)].rename(columns=REASONS)
