"""Admitted tables to panels."""

from enclave.base.contract import PANELS

from enclave.base import paths
from enclave_book.build import code_dependencies
from enclave_book.build.nodes import Folder, Step, files


def steps(source: str) -> list[Step]:
    """One step for all panels, those of other readings of the registers included."""
    inputs = [
        Folder(path=paths.validated(source)),
        Folder(path=paths.FACTS),
        *files(code_dependencies.closure(["enclave.panels", "enclave.exhibits.appendix_b"])),
        *files(treated for treated in [paths.treated(source)] if treated.exists()),
    ]
    folder = paths.panels(source)
    products = [Folder(path=folder), *files(folder / panel.name for panel in PANELS)]
    return [Step(name="panels", run=lambda tell: _build(source), inputs=inputs, products=products)]


def _build(source: str) -> None:
    from enclave_registers.cleaning import other_readings, pipeline

    pipeline.build(source)
    other_readings.build(source)
