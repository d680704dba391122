"""What the data of a source are. Nothing else decides it: marks, messages, pages, downloads and steps all ask here.

A source is licensed; or synthetic, because it is a committed twin or has a record of its making (`paths.planted`); or
unknown. A set of unknown origin may be real. So it is private like the licensed one, and labelled as unknown.
"""

import re

from enclave.base import paths
from enclave.base.errors import EnclaveError, command

LICENSED, SYNTHETIC, UNKNOWN = "licensed", "synthetic", "unknown"
# what tables and figures without registers say of their data
NO_REGISTERS = ("real", "reconstructed", "invented")
# names that would say of a register set what it may not be
RESERVED = (*NO_REGISTERS, SYNTHETIC, UNKNOWN)
STRANGE = re.compile(r'[<>:"/\\|?*\x00-\x1f]|^[. ]|[. ]$|^(con|prn|aux|nul|com\d|lpt\d)(\.|$)|^$')


def kind(source: str) -> str:
    """What the data of a source are: itself if it is one of `NO_REGISTERS`, else licensed, synthetic or unknown."""
    if source in (*NO_REGISTERS, LICENSED):
        return source
    return SYNTHETIC if paths.intended(source) or has_record(source) else UNKNOWN


def is_private(source: str) -> bool:
    """Whether the data of a source may be those of real holders, so that no message or page may show a record."""
    return kind(source) in (LICENSED, UNKNOWN)


def has_record(source: str) -> bool:
    """Whether a generator left a record of what it hid in the registers; licensed ones never have one."""
    return source != LICENSED and paths.planted(source).is_dir()


def name_checked(source: str) -> str:
    """`source` itself. Raises EnclaveError for a name that would say of a register set what it is not.

    The same for one that no folder can have on every system; no two may differ in capitals alone.
    """
    if STRANGE.search(source.lower()):
        raise EnclaveError(f"No source can be called {source!r}. Use letters, digits, - and _, as in my-registers.")
    if source != source.lower():
        raise EnclaveError(f"No source can be called {source!r}. Write it in small letters: {source.lower()!r}.")
    if source in RESERVED:
        raise EnclaveError(f"A register set cannot be called {source!r}: tables would say so of its data. Rename it.")
    return source


def advice(source: str) -> str:
    """What to tell whoever uses a set of unknown origin; empty for any other."""
    if kind(source) != UNKNOWN:
        return ""
    return (
        f"Source {source}: nothing says how its registers were made, so they are taken for private data of unknown "
        f"origin, and labelled so. If a program wrote them, bring its record along ({paths.planted(source)}) or write "
        f"them again: {command('registers', SOURCE=source)}"
    )
