"""All kinds of mutations, one module for each group."""

from campaign.kinds import byte_kinds, cell_kinds, column_kinds, file_kinds, map_kinds, row_kinds
from campaign.mutation import Kind

KINDS: list[Kind] = [
    *byte_kinds.KINDS,
    *cell_kinds.KINDS,
    *row_kinds.KINDS,
    *column_kinds.KINDS,
    *file_kinds.KINDS,
    *map_kinds.KINDS,
]
