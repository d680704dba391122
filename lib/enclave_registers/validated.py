"""The validated raw tables of a source, as the engine reads them."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ibis.backends import BaseBackend
from ibis.expr.types import Table

from enclave.base import disk_space, paths
from enclave.base.disk_space import GIGABYTE
from enclave.base.errors import EnclaveError, command
from enclave_registers import engines
from enclave_registers.engines import Settings
from enclave_registers.intake import checksums
from enclave_registers.schema import TABLES


@dataclass(frozen=True)
class Raw:
    """The validated raw tables of one source, each with the columns of the codebook.

    `repeated_firms` has one column, `firm_id`: identifiers that appear more than once in the firm master. `seats` has
    all firms with their city (see `cleaning.firms.seats`); None until the firms are cleaned.
    """

    firms: Table
    shareholders: Table
    industries: Table
    branches: Table
    yearbook: Table
    land: Table
    repeated_firms: Table
    seats: Table | None = None

    @property
    def known_seats(self) -> Table:
        """`seats`. Raises EnclaveError if they are not set."""
        if self.seats is None:
            raise EnclaveError("The firms are not cleaned yet. Set `seats` to the result of `cleaning.firms.seats`.")
        return self.seats


def open_raw(source: str, engine: BaseBackend) -> Raw:
    """The validated tables of a source, not yet read.

    Raises EnclaveError if a table is not validated yet, or differs from the one that was validated.
    """
    folder = paths.validated(source)
    validated = [*(folder / f"{name}.parquet" for name in TABLES), paths.repeated_firms(folder)]
    remedy = f"Run {command('book', SOURCE=source)} or call enclave_registers.intake.validate.store({source!r})"
    missing = [path.name for path in [*validated, folder / checksums.NAME] if not path.exists()]
    if missing:
        problem = f"are not validated, or files of them are missing ({', '.join(missing)})"
        raise EnclaveError(f"The raw tables of source {source!r} {problem}. {remedy} first.")
    for path in validated:
        if checksums.has_changed(path):
            raise EnclaveError(f"{path} is truncated or was changed after its validation. {remedy} again.")
    with engines.clear_errors():
        return Raw(**{path.stem: engine.read_parquet(path) for path in validated})


def on_disk(path: Path) -> Table:
    """A Parquet file as a table that stays on the disk: rows in their order, whichever engine the cleaning uses."""
    return _reader(Settings.read()).read_parquet(path)


@cache
def _reader(settings: Settings) -> BaseBackend:
    """One database for all tables that are looked at, so that they can be joined."""
    return engines.connect_in_order(settings)


def check_disk_space(source: str) -> None:
    """Raise FullError unless the spill folder and the build folder have as much free space as the tables take."""
    needed = sum((paths.validated(source) / f"{name}.parquet").stat().st_size for name in TABLES)
    for name, folder in {"ENCLAVE_SPILL": Settings.read().spill, "ENCLAVE_BUILD": paths.BUILD}.items():
        free = disk_space.free(folder)
        if free < needed:
            raise disk_space.FullError(
                f"The disk of {folder} has {free / GIGABYTE:.1f} GB free, and the tables of source {source!r} take "
                f"{needed / GIGABYTE:.1f} GB. Free some space, or choose another folder with {name}."
            )
