"""The texts that were not understood, in a file for the holder of the registers: no message may quote them."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from enclave.base import files, paths
from enclave_registers.understood.cells import Text

COLUMNS = ["table", "column", "text", "cells", "why"]
# of each column, the texts that most cells have: more would not be read
MOST = 10_000


def write(source: str, texts: Sequence[Text]) -> Path | None:
    """Write the texts of a source to `paths.not_understood(source)`, or remove the file if there are none.

    The file and its folder can be opened by their owner only. Returns the path of the file.
    """
    path = paths.not_understood(source)
    if not texts:
        path.unlink(missing_ok=True)
        return None
    found = pd.DataFrame(
        [(text.table, text.column, text.text, text.cells, text.why) for text in texts], columns=COLUMNS
    )
    found = found.sort_values(["table", "column", "cells", "text"], ascending=[True, True, False, True])
    files.private_folder(path.parent)
    files.write_csv(found.groupby(["table", "column"]).head(MOST), path)
    return path
