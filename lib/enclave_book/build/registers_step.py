"""Synthetic registers of a committed twin, written from its intended counts. Other sources bring their own."""

from enclave.base import paths
from enclave_book.build import code_dependencies
from enclave_book.build.nodes import Folder, Step, files


def steps(source: str) -> list[Step]:
    """One step for a twin, none for registers that come from elsewhere."""
    intended = paths.intended(source)
    if intended is None:
        return []
    inputs = [
        *files(sorted(intended.glob("*.csv"))),
        Folder(path=paths.FACTS),
        *files(code_dependencies.closure(["enclave_twin.write"])),
    ]
    products = [Folder(path=paths.registers(source)), Folder(path=paths.planted(source))]
    return [Step(name="registers", run=lambda tell: _write(source), inputs=inputs, products=products)]


def _write(source: str) -> None:
    from enclave_twin import write

    write.registers(source, counts=paths.intended(source))
