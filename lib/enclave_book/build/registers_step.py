"""Synthetic registers of a committed twin, written from its target counts. Other sources bring their own."""

from enclave.base import paths
from enclave_book.build import code_dependencies
from enclave_book.build.nodes import Folder, Step, files


def steps(source: str) -> list[Step]:
    """One step for a twin, none for registers that come from elsewhere."""
    counts = paths.target_counts(source)
    if counts is None:
        return []
    inputs = [
        *files(sorted(counts.glob("*.csv"))),
        Folder(path=paths.FACTS),
        *files(code_dependencies.closure(["enclave_twin.write"])),
    ]
    products = [Folder(path=paths.registers(source)), Folder(path=paths.ground_truth(source))]
    return [Step(name="registers", run=lambda tell: _write(source), inputs=inputs, products=products)]


def _write(source: str) -> None:
    from enclave_twin import write

    write.registers(source, counts=paths.target_counts(source))
