"""Settings of the engine, read from the environment.

`ENGINE` is its name: duckdb (default) runs on one machine, spark on one machine or on a cluster. `ENCLAVE_MEMORY`
limits its memory, `ENCLAVE_SPILL` is the folder for what does not fit into memory, `ENCLAVE_MASTER` is the address of
the Spark master.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from enclave.base import files, paths
from enclave.base.errors import EnclaveError

NAMES = ["duckdb", "spark"]
MEMORY = re.compile(r"(\d+)(MB|GB|TB)")
MEGABYTES = {"MB": 1, "GB": 1000, "TB": 1_000_000}


@dataclass(frozen=True)
class Settings:
    """Name of the engine, memory limit in MB (None: that of the engine), spill folder, address of the Spark master."""

    name: str
    memory: int | None
    spill: Path
    master: str

    @classmethod
    def read(cls) -> "Settings":
        """The settings of the environment. Raises EnclaveError for a value that is not valid."""
        name = os.environ.get("ENGINE") or "duckdb"
        if name not in NAMES:
            raise EnclaveError(f"There is no engine {name!r}. ENGINE is one of {', '.join(NAMES)}.")
        spill = Path(os.environ.get("ENCLAVE_SPILL") or paths.BUILD)
        master = os.environ.get("ENCLAVE_MASTER") or "local[*]"
        return cls(name, _memory(os.environ.get("ENCLAVE_MEMORY") or ""), _folder(spill), master)

    def spill_of_this_process(self) -> Path:
        """The folder of this process in the spill folder, private. `files.remove_leftovers` removes it later."""
        own = self.spill / f".{os.getpid()}.spill"
        files.private_folder(own)
        return own


def _memory(text: str) -> int | None:
    """Megabytes of a limit such as 4GB."""
    if not text:
        return None
    written = MEMORY.fullmatch(text.strip())
    megabytes = int(written[1]) * MEGABYTES[written[2]] if written else 0
    if megabytes < 1:
        raise EnclaveError(f"ENCLAVE_MEMORY is {text!r}. Write a whole number and its unit, as in 4GB or 800MB.")
    return megabytes


def _folder(place: Path) -> Path:
    remedy = "Set ENCLAVE_SPILL to another folder."
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError:
        raise EnclaveError(f"The spill folder {place} cannot be created. {remedy}") from None
    if not os.access(place, os.W_OK):
        raise EnclaveError(f"The spill folder {place} is not writable. {remedy}")
    return place.resolve()
