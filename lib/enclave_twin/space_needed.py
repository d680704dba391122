"""Whether registers may be written where they are asked for: whose folder it is, and whether the disk has room."""

from pathlib import Path

from enclave.base import disk_space, paths, sources
from enclave.base.disk_space import GIGABYTE
from enclave.base.errors import EnclaveError

# bytes on the disk, measured: those that any registers take, and those of each firm with its stakes and branches
BYTES = {
    "parquet": (1_700_000, 100),
    "csv": (4_400_000, 235),
    "csv-gb18030": (3_500_000, 195),
    "xlsx": (2_300_000, 165),
    "dta": (7_000_000, 475),
}
SPARE = 1.1


def check_owner(source: str) -> None:
    """Raise EnclaveError if synthetic registers would replace files that no generator wrote."""
    if source == sources.LICENSED:
        raise EnclaveError("Synthetic registers never replace licensed ones. Choose another name than 'licensed'.")
    folder, ours = paths.registers(source), sources.kind(source) == sources.SYNTHETIC
    if not ours and folder.is_dir() and any(folder.iterdir()):
        raise EnclaveError(f"{folder} holds files that were not written here. Choose another name, or remove them.")


def needed(firms: int, format: str) -> float:
    """Bytes that registers of so many firms take on the disk, with a little to spare."""
    any_registers, each_firm = BYTES[format]
    return SPARE * (any_registers + firms * each_firm)


def check_disk(firms: int, format: str, folder: Path) -> None:
    """Raise EnclaveError if the disk of `folder` has no room for so many firms. Former registers stay till the end."""
    take, free = needed(firms, format), disk_space.free(folder)
    if take > free:
        told = f"take about {take / GIGABYTE:.1f} GB as {format}, but {free / GIGABYTE:.1f} GB are free at {folder}"
        most = int((free - needed(0, format)) / (needed(1, format) - needed(0, format)))
        raise EnclaveError(f"{firms:,} firms {told}. Make room, or ask for at most {max(most, 0):,} firms.")


def told(folder: Path):
    """If the disk fills up nevertheless, one message says so (see `disk_space.as_full_disk_error`)."""
    return disk_space.as_full_disk_error(
        folder, "No registers were written, and what was there before stays. Make room."
    )
