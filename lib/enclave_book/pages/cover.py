"""Generated part of the cover: the map of helpers, recipients and pairs with a park."""

from enclave_book.pages import readme


def map_of_pairs(source: str) -> bytes:
    """The map as PNG, which is lighter than its drawing. The same facts give the same bytes."""
    return readme.picture()
