"""Raw tables through the door: checked and typed."""

from enclave.base import paths
from enclave_book.build import code_dependencies
from enclave_book.build.nodes import Folder, Step, Tell, files


def steps(source: str) -> list[Step]:
    """One step for the six tables, since they enter together."""
    inputs = [
        Folder(path=paths.registers(source)),
        Folder(path=paths.FACTS),
        *files(code_dependencies.closure(["enclave_registers.intake.validate"])),
    ]
    products = [Folder(path=paths.admitted(source))]
    return [Step(name="door", run=lambda tell: _admit(source, tell), inputs=inputs, products=products)]


def _admit(source: str, tell: Tell) -> None:
    from enclave_registers.intake import validate

    validate.admit(source, tell)
