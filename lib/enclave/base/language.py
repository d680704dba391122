"""The language of data labels: English, or Chinese for a page that asks for it with `use`."""

from contextvars import ContextVar

from enclave.base import in_cells
from enclave.base.errors import EnclaveError

LANGUAGES = ("en", "zh")
_IN_USE: ContextVar[str] = ContextVar("language", default="en")


def use(language: str) -> None:
    """Set the language of all later data labels in this process to "en" or "zh". Errors of cells become one line.

    A notebook calls it once, with its parameter `language`. Raises EnclaveError for another language.
    """
    _IN_USE.set(checked(language))
    in_cells.begin()


def in_use() -> str:
    """The language that `use` has set; "en" if it was not called."""
    return _IN_USE.get()


def checked(language: str) -> str:
    """`language` itself. Raises EnclaveError if it is not one of `LANGUAGES`."""
    if language not in LANGUAGES:
        raise EnclaveError(f"There is no language {language!r}. Set the parameter `language` to en or zh.")
    return language
