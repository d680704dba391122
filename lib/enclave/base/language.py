"""The two languages of figures and tables, and which of them the page at hand speaks."""

import sys

from enclave.base.errors import EnclaveError

LANGUAGES = ("en", "zh")


def of_page() -> str:
    """The parameter `language` of the notebook that is running ("en" or "zh"); "en" outside of notebooks.

    Every notebook has this parameter, so that no call has to pass it on. Raises EnclaveError for another language.
    """
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return checked(shell.user_ns.get("language", "en") if shell else "en")


def checked(language: str) -> str:
    """`language` itself; raises EnclaveError if it is none of `LANGUAGES`."""
    if language not in LANGUAGES:
        raise EnclaveError(f"There is no language {language!r}. Set the parameter `language` to en or zh.")
    return language
