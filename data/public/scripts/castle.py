"""Rewrite castle.csv from castle.dta of the source distribution of causaldata 0.1.5.

pip download --no-deps --no-binary :all: causaldata==0.1.5
tar xzf causaldata-0.1.5.tar.gz
python data/public/scripts/castle.py causaldata-0.1.5/causaldata/castle/castle.dta
"""

import hashlib
import sys
from pathlib import Path

import pandas as pd

from enclave.base import paths
from enclave.base.files import write_csv
from enclave.facts import public

UPSTREAM = "d7c14baa64a7015a5d2d969cc55563922ffd9dccb784084be473230ba0f6a006"


def main(source: Path) -> None:
    found = hashlib.sha256(source.read_bytes()).hexdigest()
    if found != UPSTREAM:
        raise ValueError(f"{source} is not the file of causaldata 0.1.5: its SHA-256 is {found}, not {UPSTREAM}")
    table = pd.read_stata(source)[list(public.CASTLE)]
    if not (table.dtypes.astype(str) == pd.Series(public.CASTLE)).all():
        raise ValueError(f"the columns of {source} have other types than the loader gives them")
    # weights in the millions are written out, not as 4.5e+06
    write_csv(table.astype({"popwt": "float64"}), paths.PUBLIC / "castle.csv")
    pd.testing.assert_frame_equal(public.castle(), table)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
