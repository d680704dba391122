"""The industry dictionary of a delivery that has none: the codes that the firm master itself holds."""

import re
from collections.abc import Iterator

import pandas as pd
from pyarrow import compute, parquet

from enclave import facts
from enclave_registers.intake.values import cell_types
from enclave_registers.intake.values.problems import Reading

FORMAT = "codes of the firm master"
DIVISION = re.compile(r"[A-Za-z]?[ .-]?([0-9]{2})")


def read(reading: Reading) -> Iterator[pd.DataFrame]:
    """One frame with the columns of the industry dictionary: each code of the firm master once, in the map's vintage.

    The name is that of the division, or the code itself if the vintage has no such division.
    """
    codes: set[str] = set()
    with parquet.ParquetFile(reading.file.path) as firms:
        for batch in firms.iter_batches(columns=["industry_id"]):
            codes |= {code for code in compute.unique(batch.column(0)).to_pylist() if code is not None}
    listed = facts.industries()
    standard = str(reading.map.standard)
    names = listed[listed["standard"].astype(str) == standard].set_index("division")["name_zh"].to_dict()
    found = sorted(codes)
    columns = {
        "industry_id": found,
        "standard": [standard] * len(found),
        "code": found,
        "name": [names.get(_division(code), code) for code in found],
    }
    frame = pd.DataFrame({name: cell_types.texts(cells) for name, cells in columns.items()})
    yield frame.set_axis(range(1, len(frame) + 1))


def _division(code: str) -> str:
    found = DIVISION.match(code)
    return found[1] if found else ""
