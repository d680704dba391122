"""Generated part of the page on the twin: the blind test, from `data/twin/blind_test.csv`.

`python -m enclave_twin.blind_test` writes this file.
"""

import pandas as pd

from enclave.base import paths
from enclave_book.pages.markdown import table
from enclave_twin import blind_test

# share of draws that are told from other draws as well as the twin is, below which the program can tell
CHANCE = 0.05


def page(source: str) -> str:
    """In how many of the parts the program can tell the twin from draws, each accuracy, and the feature that tells."""
    found = pd.read_csv(paths.TWIN / blind_test.RESULT)
    usual = [f"{low:.2f} to {high:.2f}" for low, high in zip(found["usual_low"], found["usual_high"], strict=True)]
    shown = pd.DataFrame(
        {
            "counts": found["panel"].str.replace("_", " "),
            "rows": found["rows"],
            "number": found["number"].astype(str),
            "right answers": found["accuracy"].map("{:.2f}".format),
            "if a draw takes its place": usual,
            "feature that tells best": found["feature"],
            "alone": found["feature_accuracy"].map("{:.2f}".format),
        }
    )
    told = found[found["as_high"] < CHANCE]
    names = [f"{row.panel.replace('_', ' ')}, {row.rows} ({row.feature})" for row in told.itertuples()]
    sentence = (
        f"In {len(told)} of {len(found)} parts the program tells the twin from draws more often than it tells a draw "
        f"from other draws (in fewer than {100 * CHANCE:.0f} of 100 draws it is right as often)"
    )
    return f"{sentence}{': ' + '; '.join(names) if names else ''}.\n\n{table(shown)}\n"
