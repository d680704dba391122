"""Synthetic registers, written from the intended counts in `data/twin`. Other sources bring their own."""

from enclave import paths
from enclave.tasks import imports
from enclave.tasks.nodes import Folder, Step, files


def steps(source: str) -> list[Step]:
    """One step for the twin, none for registers that come from elsewhere."""
    if source != "twin":
        return []
    inputs = [Folder(path=paths.TWIN), Folder(path=paths.FACTS), *files(imports.closure(["enclave.twin.write"]))]
    products = [Folder(path=paths.registers(source)), Folder(path=paths.planted(source))]
    return [Step(name="registers", run=lambda tell: _write(source), inputs=inputs, products=products)]


def _write(source: str) -> None:
    from enclave.twin import write

    write.registers(source)
