"""Results of the build are validated against the description of their columns before they are written."""

import pandas as pd

from enclave.exhibits import results
from enclave_registers import written


def write(frame: pd.DataFrame, exhibit: str, source: str) -> None:
    """Write an exhibit of `source` as `results.write` does. Raises EnclaveError if it is not what its file describes.

    Columns that the file does not have are left out.
    """
    file = results.FILES[exhibit]
    described = frame[[column for column in file.headers if column in frame]]
    results.write(written.validate(described, file), exhibit, source)
