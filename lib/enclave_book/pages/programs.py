"""The page on other programs: for each exhibit whether R and Stata have run on these panels, and which versions."""

import pandas as pd

from enclave import panels
from enclave.base import paths, sources
from enclave.base.errors import command
from enclave_book.notebooks import contents
from enclave_book.pages import class_data, downloads
from enclave_book.pages.markdown import table
from enclave_book.programs import records

WORDS = {
    records.RUN: "run: all {numbers} numbers agree",
    records.RECORDED: "recorded on other panels or with another script",
    records.NOT_RUN: "not run",
}


def page(source: str) -> str:
    """The generated part of the page: one row per exhibit, the versions, and how often each word was given."""
    states = {exhibit: records.state(exhibit, panels.of(source)) for exhibit in records.EXHIBITS}
    places = {exhibit: notebook for notebook in contents.every() for exhibit in contents.made(notebook)}
    rows = [
        [
            exhibit.replace("_", " ").title(),
            f"{{doc}}`/notebooks/{places[exhibit].stem}`",
            f"{words(exhibit, state)} ({link(f'r/{exhibit}.R', source)})",
            f"{records.NOT_RUN} ({link(f'stata/{exhibit}.do', source)})",
        ]
        for exhibit, state in states.items()
    ]
    shown = table(pd.DataFrame(rows, columns=["Exhibit", "Page", "R", "Stata"]))
    return f"{versions(states)}\n\n{shown}\n\nWhat the R programs share: {link(f'r/{records.SHARED}', source)}.\n"


def words(exhibit: str, state: str) -> str:
    """The state of the R program of an exhibit, in words."""
    found = records.read(exhibit)
    return WORDS[state].format(numbers=found.numbers if found else 0)


def versions(states: dict[str, str]) -> str:
    """A sentence on the versions of R whose output is shown; another one if there is none."""
    found = [records.read(exhibit) for exhibit, state in states.items() if state == records.RUN]
    if not found:
        return f"R has not run on the panels of this book. {command('programs')} runs it."
    named = ", ".join(sorted({record.version for record in found if record}))
    return f"Output of R that the book shows comes from {named}. Stata has not run, and no number of it is shown."


def link(place: str, source: str) -> str:
    """A link to a script in the downloads, or its name where panels are not offered."""
    if sources.kind(source) != sources.SYNTHETIC:
        return f"`{paths.PROGRAMS.name}/{place}`"
    name = place.rsplit("/", 1)[-1]
    return f'<a href="../{downloads.WHERE}/{class_data.FOLDER}/{place}" download>{name}</a>'
