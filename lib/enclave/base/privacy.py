"""What a message may show of an exception in code that reads private registers (`sources.is_private`).

For private registers a message names file, column, row and remedy, and never a value. The text of an exception of
another library may quote values. So for such an exception only its type and its place in the code are shown.
"""

import traceback
from pathlib import Path

from enclave.base import sources
from enclave.base.errors import EnclaveError, InputError

OURS = (EnclaveError.__name__, InputError.__name__)
WITHHELD = "(Its text is withheld, because the registers are private.)"


def describe(fault: BaseException, source: str) -> str:
    """Type and text of an exception. The text is left out if `source` is private and the exception is not ours."""
    return describe_type(type(fault).__name__, str(fault), source)


def describe_type(kind: str, text: str, source: str) -> str:
    """As `describe`, for an exception in a notebook, where only its type name and its text are known."""
    return kind if sources.is_private(source) and kind not in OURS else f"{kind}: {text}"


def traceback_of(fault: BaseException, source: str) -> str:
    """The traceback of an exception; for a private source only files, lines and functions, and what `describe` says."""
    if not sources.is_private(source):
        return "".join(traceback.format_exception(fault))
    places = traceback.extract_tb(fault.__traceback__)
    lines = [f"{Path(place.filename).name}, line {place.lineno}, in {place.name}" for place in places]
    return "\n".join([*lines, describe(fault, source), WITHHELD, ""])
