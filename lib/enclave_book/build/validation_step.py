"""Raw tables to validated tables: checked, typed, stored."""

from enclave.base import paths
from enclave_book.build import code_dependencies
from enclave_book.build.nodes import Folder, Step, Tell, files


def steps(source: str) -> list[Step]:
    """One step for the six tables, since they are stored together."""
    inputs = [
        Folder(path=paths.registers(source)),
        Folder(path=paths.FACTS),
        *files(code_dependencies.closure(["enclave_registers.intake.validate"])),
    ]
    products = [Folder(path=paths.validated(source))]
    return [Step(name="door", run=lambda tell: _store(source, tell), inputs=inputs, products=products)]


def _store(source: str, tell: Tell) -> None:
    from enclave_registers.intake import validate

    validate.store(source, tell)
