"""What a build can renew in the README: its picture, Table 2 printed and obtained, and the map of exhibits.

Nothing here needs a built book. Table 2 is computed from the target counts of the default twin.
"""

import pandas as pd

from enclave import facts
from enclave.base import paths
from enclave.base.errors import EnclaveError
from enclave.exhibits import scorecard, table_2
from enclave.facts import policy_dates, treated_pairs
from enclave.panels import targets
from enclave.style import figures, maps
from enclave_book.pages import exhibit_map
from enclave_book.pages.markdown import table

DPI = 110
HEADINGS = {"1": "Links (1)", "2": "with controls (2)", "3": "ln(1 + links) (3)", "4": "with controls (4)"}


def renewed(text: str) -> str:
    """The README with its current Table 2 and map of exhibits. Raises EnclaveError if one of the marks is missing."""
    parts = {"table2": table_2_beside, "exhibits": exhibit_map.for_readme}
    for name, make in parts.items():
        text = _between(text, f"<!-- {name}:start -->", f"<!-- {name}:end -->", make)
    return text


def picture() -> bytes:
    """The map of helpers, recipients and treated pairs, as PNG. The same facts give the same bytes."""
    ended = int(policy_dates.sharing(facts.policy())["ends"])
    fig = maps.pair_map(treated_pairs.by_rule(), sharing_ended=ended)
    return figures.image(figures.finish(fig, "reconstructed"), "png", dpi=DPI)


def table_2_beside() -> str:
    """Table 2: estimate with stars and standard error in each column, as printed and as obtained."""
    printed = facts.published().query("table == '2'")
    made = table_2.make(targets.of("twin"))
    scored = scorecard.compare(made, printed).query("row == 'treat'").set_index(["column", "statistic"])
    stars = scorecard.compare_stars(made, printed).query("row == 'treat'").set_index("column")
    obtained = scored.apply(lambda cell: f"{cell['value']:.{cell['decimals']}f}", axis=1)
    rows = {
        "Printed in the paper": (scored["printed"].astype(str), stars["printed"]),
        "Obtained from synthetic counts": (obtained, stars["obtained"]),
    }
    cells = [[name, *(_estimate(*values, column) for column in HEADINGS)] for name, values in rows.items()]
    return table(pd.DataFrame(cells, columns=["Effect of a park on the links of its pair", *HEADINGS.values()]))


def _estimate(values: pd.Series, stars: pd.Series, column: str) -> str:
    return f"{values[column, 'estimate']}{stars[column]} ({values[column, 'std_error']})"


def _between(text: str, start: str, end: str, make) -> str:
    if start not in text or end not in text:
        raise EnclaveError(f"{paths.README.name} lacks a mark of a part that is made. Restore {start} and {end}.")
    before, rest = text.split(start, 1)
    return f"{before}{start}\n{make()}\n{end}{rest.split(end, 1)[1]}"
