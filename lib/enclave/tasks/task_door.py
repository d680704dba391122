"""Raw tables through the door: checked and typed."""

from enclave import paths
from enclave.tasks import imports
from enclave.tasks.nodes import Folder, Step, Tell, files


def steps(source: str) -> list[Step]:
    """One step for the six tables, since they enter together."""
    inputs = [
        Folder(path=paths.registers(source)),
        Folder(path=paths.FACTS),
        *files(imports.closure(["enclave.door"])),
    ]
    products = [Folder(path=paths.admitted(source))]
    return [Step(name="door", run=lambda tell: _admit(source, tell), inputs=inputs, products=products)]


def _admit(source: str, tell: Tell) -> None:
    from enclave import door

    door.admit(source, tell)
