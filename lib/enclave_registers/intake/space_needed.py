"""Whether the disk surely lacks the room for what the door is about to make: told before the work starts."""

from pathlib import Path

from enclave.base import disk_space
from enclave.base.disk_space import GIGABYTE, FullError
from enclave_registers.intake.chunk_cache import Workshop
from enclave_registers.intake.input_files import Part

# validated bytes for each delivered one, rather too few than too many: nobody shall be stopped in vain
SHARES = {".csv": 0.25, ".parquet": 0.7, ".dta": 0.1, ".zip": 0.7, ".xlsx": 0.5}
PACKED = 0.7
REMEDY = "Free some space, or let ENCLAVE_BUILD lead to another disk; the next run goes on from here."


def check(tables: dict[str, list[Part]], shop: Workshop) -> None:
    """Raise FullError if the disk of a workshop has surely not the room for the tables that are not yet made there.

    Parts are first converted one by one and then joined, so that the largest table of several parts is there twice.
    """
    sizes = {table: sum(map(_size, parts)) for table, parts in tables.items()}
    joined = max((sizes[table] for table, parts in tables.items() if len(parts) > 1), default=0)
    needed, free = sum(sizes.values()) + joined - shop.bytes(), disk_space.free(shop.folder)
    if needed > free:
        told = f"{needed / GIGABYTE:.2f} GB are needed at least, and {free / GIGABYTE:.2f} GB are free"
        raise FullError(f"{shop.folder}: the disk has too little room: {told}. {REMEDY}")


def _size(part: Part) -> float:
    return part.path.stat().st_size * SHARES.get(part.format, PACKED)


def told(folder: Path):
    """Turn what a full disk raises into FullError (see `enclave.base.disk_space.told`)."""
    return disk_space.as_full_disk_error(folder, f"What was validated before stays. {REMEDY}")
