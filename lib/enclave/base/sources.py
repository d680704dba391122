"""What the data of a source are, and the label that says so. Labels, messages, pages and build steps all use `kind`.

A source is licensed, synthetic or unknown. It is synthetic if it is a committed twin, or if a program left a record of
how it made the registers (`paths.ground_truth`). Registers of unknown origin may be real. So they are private like the
licensed ones, and are labelled as unknown.
"""

import re
from typing import TYPE_CHECKING

from enclave.base import language, paths
from enclave.base.arguments import offered
from enclave.base.errors import EnclaveError, command

if TYPE_CHECKING:
    # used in annotations alone: it takes longer to load than most commands run
    import pandas as pd

LICENSED, SYNTHETIC, UNKNOWN = "licensed", "synthetic", "unknown"
# tables and figures that use no registers are labelled with one of these
NO_REGISTERS = ("real", "reconstructed", "invented")
# no set of registers may have one of these names
RESERVED = (*NO_REGISTERS, SYNTHETIC, UNKNOWN)
# names that some system does not allow for a folder
NO_FOLDER_NAME = re.compile(r'[<>:"/\\|?*\x00-\x1f]|^[. ]|[. ]$|^(con|prn|aux|nul|com\d|lpt\d)(\.|$)|^$')
DATA_LABELS = {
    "en": {
        "real": "Real data",
        "reconstructed": "Real parks, list of pairs reconstructed",
        "licensed": "Licensed data",
        "invented": "Invented on this page",
        "synthetic": "Synthetic data: pipeline check",
        "unknown": "Data of unknown origin",
    },
    "zh": {
        "real": "真实数据",
        "reconstructed": "真实园区,配对由本书推定",
        "licensed": "授权数据",
        "invented": "人造数据",
        "synthetic": "合成数据:仅检验流程",
        "unknown": "来源不明的数据",
    },
}
# the label of these does not give the name of the source
WITHOUT_NAME = {*NO_REGISTERS, LICENSED, "twin"}


def kind(source: str) -> str:
    """What the data of a source are: licensed, synthetic or unknown; `source` itself if it is in `NO_REGISTERS`."""
    if source in (*NO_REGISTERS, LICENSED):
        return source
    return SYNTHETIC if paths.target_counts(source) or has_record(source) else UNKNOWN


def refuse_missing(source: str) -> None:
    """Raise EnclaveError if no source has this name, neither on this machine nor for licensed files to come."""
    if source not in (known := existing()) and source != LICENSED:
        raise EnclaveError(f"There is no source {source!r}. {offered(source, known)}")


def is_private(source: str) -> bool:
    """Whether the registers may hold records of real firms, so that no message or page may show a value of them."""
    return kind(source) in (LICENSED, UNKNOWN)


def has_record(source: str) -> bool:
    """Whether the program that made the registers left a record of it. Licensed registers never have one."""
    return source != LICENSED and paths.ground_truth(source).is_dir()


def has_registers(source: str) -> bool:
    """Whether there are counts to write registers from, or files in the folder of the registers."""
    folder = paths.registers(source)
    has_files = folder.is_dir() and any(file.name != "README.md" for file in folder.iterdir())
    return has_files or bool(paths.target_counts(source))


def existing() -> list[str]:
    """The sources of this machine: the committed twins, then all others that have registers or panels."""
    made = [folder for folder in (paths.registers("twin").parent, paths.panels("twin").parent) if folder.is_dir()]
    named = {place.name for folder in made for place in folder.iterdir() if not place.name.startswith(".")}
    licensed = {LICENSED} if has_registers(LICENSED) else set()
    return [*paths.twins(), *sorted((named | licensed) - {*paths.twins()})]


def data_label(source: str, speak: str | None = None) -> str:
    """The label of every table and figure: what its data are (see `kind`), and the name of the source.

    "Reconstructed" is what rests on facts and on the list of treated pairs. "Invented" is what a page made up to
    explain something. `speak` is "en" or "zh", by default `language.in_use()`.
    """
    words = DATA_LABELS[language.checked(speak or language.in_use())][kind(source)]
    return words if source in WITHOUT_NAME else f"{words} ({source})"


def source_of(frame: "pd.DataFrame", source: str | None = None) -> str:
    """The given source, or the one in `frame.attrs`. Raises EnclaveError if both are missing, or if they differ."""
    stated = frame.attrs.get("source", source)
    if stated is None:
        raise EnclaveError("The source of these numbers is missing. Pass `source`.")
    if source not in (None, stated):
        raise EnclaveError(f"These numbers come from {stated!r}, not from {source!r}. Pass their own source.")
    return stated


def name_checked(source: str) -> str:
    """`source` itself. Raises EnclaveError if a set of registers cannot have this name.

    Refused are names that describe data (`RESERVED`), names that some system does not allow for a folder, and capital
    letters, because some systems do not tell them from small ones.
    """
    if NO_FOLDER_NAME.search(source.lower()):
        raise EnclaveError(f"No source can be called {source!r}. Use letters, digits, - and _, as in my-registers.")
    if source != source.lower():
        raise EnclaveError(f"No source can be called {source!r}. Write it in small letters: {source.lower()!r}.")
    if source in RESERVED:
        raise EnclaveError(
            f"A set of registers cannot be called {source!r}: tables would say this of its data. Rename it."
        )
    return source


def advice(source: str) -> str:
    """What the user of a source of unknown origin should know; empty for any other source."""
    if kind(source) != UNKNOWN:
        return ""
    return (
        f"Source {source}: there is no record of how its registers were made, so they are treated as private data of "
        f"unknown origin and labelled so. If a program wrote them, copy its record ({paths.ground_truth(source)}) or "
        f"write them again: {command('registers', SOURCE=source)}"
    )
