"""What may be told of a fault that a record of private registers caused (`sources.is_private`).

Of private registers a message names file, column, row and remedy, and never a value. Faults of other libraries may
quote values in their text, so of those only the kind and the place in the code are told.
"""

import traceback
from pathlib import Path

from enclave.base import sources
from enclave.base.errors import EnclaveError, InputError

OURS = (EnclaveError.__name__, InputError.__name__)
WITHHELD = "(What it says of the data is withheld: the registers are private.)"


def told(fault: BaseException, source: str) -> str:
    """Kind and text of a fault; the text only if it is one of ours or `source` is synthetic."""
    return told_of(type(fault).__name__, str(fault), source)


def told_of(kind: str, text: str, source: str) -> str:
    """The same of a fault in a notebook, of which only the name of its kind and its text are known."""
    return kind if sources.is_private(source) and kind not in OURS else f"{kind}: {text}"


def record(fault: BaseException, source: str) -> str:
    """The way to a fault for whoever mends it: files, lines and functions, and `told`."""
    if not sources.is_private(source):
        return "".join(traceback.format_exception(fault))
    places = traceback.extract_tb(fault.__traceback__)
    lines = [f"{Path(place.filename).name}, line {place.lineno}, in {place.name}" for place in places]
    return "\n".join([*lines, told(fault, source), WITHHELD, ""])
