"""Admitted tables to panels."""

from enclave import paths
from enclave.tasks import imports
from enclave.tasks.nodes import Folder, Step, files


def steps(source: str) -> list[Step]:
    """One step for all panels, those of other readings of the registers included."""
    inputs = [
        Folder(path=paths.admitted(source)),
        Folder(path=paths.FACTS),
        *files(imports.closure(["enclave.panels", "enclave.alternatives"])),
        *files(treated for treated in [paths.treated(source)] if treated.exists()),
    ]
    products = [Folder(path=paths.panels(source))]
    return [Step(name="panels", run=lambda tell: _build(source), inputs=inputs, products=products)]


def _build(source: str) -> None:
    from enclave import alternatives, panels

    panels.build(source)
    alternatives.build(source)
