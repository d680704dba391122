"""One exhibit, computed in a process of its own under the settings of notebooks: one thread, and one order of sets.

The process gets the panels and returns the frame. It needs no other file of the build, and a build that is killed
leaves no process: the exhibit ends when nobody reads its answer. The claims are evaluated in the same way.
"""

from collections.abc import Callable
from multiprocessing.connection import Connection

import pandas as pd

from enclave import panels
from enclave.base import privacy
from enclave.base.errors import EnclaveError
from enclave.exhibits import MAKERS, READS
from enclave_book.notebooks import environment, forked


def make(exhibit: str, source: str) -> pd.DataFrame:
    """The frame of an exhibit of `source`. Raises EnclaveError if its panels are missing or the process ends early."""
    frames = {name: panels.read(name, source) for name in READS[exhibit]}
    return answer_of(_answer, exhibit, source, frames)


def claims(source: str) -> pd.DataFrame:
    """The verdicts on the paper's claims, as `claims.evaluate` gives them for `source`, with its errors."""
    return answer_of(_verdicts, "claims", source)


def answer_of(work: Callable, exhibit: str, *given: object) -> object:
    """What `work(connection, exhibit, *given)` sends from a new process. An error that it sends is raised here."""
    environment.prepare_kernels()
    ours, theirs = forked.context.Pipe(duplex=False)
    process = forked.start(work, theirs, exhibit, *given)
    theirs.close()
    try:
        answer = ours.recv()
    except EOFError:
        answer = EnclaveError(f"{exhibit}: its process ended early. Build again; if it fails again, free some memory.")
    process.join()
    if isinstance(answer, Exception):
        raise answer
    return answer


def _answer(connection: Connection, exhibit: str, source: str, frames: dict[str, pd.DataFrame]) -> None:
    """In the new process: send the frame."""
    _send(connection, source, lambda: MAKERS[exhibit](panels.Panels(source, frames.__getitem__)))


def _verdicts(connection: Connection, name: str, source: str) -> None:
    """In the new process: send the verdicts."""
    from enclave.exhibits import claims

    _send(connection, source, lambda: claims.evaluate(source))


def _send(connection: Connection, source: str, compute: Callable[[], pd.DataFrame]) -> None:
    """Send what `compute` returns, or the error."""
    try:
        answer = compute()
    except Exception as fault:
        answer = _plain(fault, source)
    connection.send(answer)


def _plain(fault: Exception, source: str) -> Exception:
    """The error as one that can be sent to another process. It quotes no value of private data."""
    if isinstance(fault, EnclaveError):
        return EnclaveError(str(fault))
    plain = RuntimeError(privacy.describe(fault, source))
    plain.add_note(privacy.traceback_of(fault, source))
    return plain
