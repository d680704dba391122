"""Generated part of the scorecard page: the statements that the paper makes in words."""

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
    "targeted": "Fitted in the twin",
}


def page(source: str) -> str:
    """How many statements hold, then each with its place, verdict and evidence."""
    found = results.read("claims", source)
    shown = facts.claims().merge(found, on="id")
    shown["holds"] = shown["holds"].map({True: "yes", False: "no"})
    # the list is of the default twin
    if paths.target_counts(source) == paths.TWIN:
        targeted = targets.targeted_claims().set_index("id")
        shown["targeted"] = shown["id"].map(targeted["targeted"] + ": " + targeted["how"])
    shown = shown[[name for name in COLUMNS if name in shown]].rename(columns=COLUMNS)
    return f"{sources.data_label(source)}. {found['holds'].sum()} of {len(found)} statements hold.\n\n{table(shown)}\n"
