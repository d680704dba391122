"""Checks of what a call was given. Each message says what was given, and what can be given in its place."""

from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from difflib import get_close_matches
from functools import wraps
from inspect import signature
from numbers import Integral
from typing import ParamSpec, TypeVar

from enclave.base.errors import EnclaveError

# a longer list would hide the rest of a message
MOST = 20
# the longest argument that a message quotes, in characters
SHORT = 40
# the shortest name that is looked for inside another one
LEAST = 4
# what a signature asks for -> what to give
TABLES = {
    "DataFrame": "Give a table (a pandas DataFrame), such as panels.of(source).manufacturing.",
    "Panels": "Give all panels of a source: panels.of(source).",
}
P = ParamSpec("P")
R = TypeVar("R")


def offered(given: object, known: Collection[object]) -> str:
    """Two sentences: the known name that is spelt like the given one, if there is one, and all known names.

    Capital letters, spaces, hyphens and underscores count for nothing when spellings are compared.

    >>> offered("twinn", ["twin", "mine"])
    "Did you mean 'twin'? Choose one of twin, mine."
    >>> offered("abacus", ["duckdb", "spark"])
    'Choose one of duckdb, spark.'
    """
    names = [str(name) for name in known]
    near = nearest(str(given), names)
    more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
    return f"{f'Did you mean {near!r}? ' if near else ''}Choose one of {', '.join(names[:MOST])}{more}."


def nearest(given: str, names: Collection[str]) -> str | None:
    """The name that is spelt most like the given one or is a part of it, or None.

    >>> nearest("dist_boundary_km", ["boundary", "centroid"]), nearest("Manufacture", ["manufacturing"])
    ('boundary', 'manufacturing')
    """
    plain, like = {_plain(name): name for name in reversed(list(names))}, _plain(given)
    inside = [name for name in plain if min(len(name), len(like)) >= LEAST and (name in like or like in name)]
    found = get_close_matches(like, plain, n=1, cutoff=0.7) or sorted(inside, key=len)[-1:]
    return plain[found[0]] if found else None


def refuse_unknown(what: str, given: object, known: Collection[object]) -> None:
    """Raise EnclaveError if `given` is not among the `known` names; `what` says of what it would be the name."""
    if not isinstance(given, str) or given not in known:
        raise EnclaveError(f"There is no {what} {given!r}. {offered(given, known)}")


def refuse_no_name(what: str, given: object) -> None:
    """Raise EnclaveError if something else than the name of a column is given, such as the column itself."""
    if not isinstance(given, Hashable):
        name = getattr(given, "name", None) or "count"
        raise EnclaveError(f"{what} is given by its name, and this is {in_short(given)}. Write {name!r}.")


def refuse_no_count(what: str, given: object, least: int | None = None) -> None:
    """Raise EnclaveError if the argument `what` is no whole number, or one below `least`."""
    if not isinstance(given, Integral) or isinstance(given, bool) or (least is not None and given < least):
        enough = "" if least is None else f" of {least} or more"
        raise EnclaveError(f"{what if ' ' in what else f'`{what}`'} is {in_short(given)}. Give a whole number{enough}.")


def refuse_no_list(what: str, given: object) -> None:
    """Raise EnclaveError if the argument `what` is a single value in place of several."""
    if isinstance(given, str) or not isinstance(given, Iterable):
        value = in_short(given)
        raise EnclaveError(f"`{what}` is {value}. Give a list, also for a single value: {what}=[{value}].")


def refuse_no_table(what: str, given: object, columns: Sequence[str]) -> None:
    """Raise EnclaveError if the argument `what` is no table, or lacks one of the columns."""
    has = getattr(given, "columns", None)
    missing = columns if has is None else [column for column in columns if column not in has]
    if has is None:
        raise EnclaveError(f"{what} is {in_short(given)}. Give a table with the columns {', '.join(columns)}.")
    if missing:
        raise EnclaveError(f"{what} has no column {missing[0]!r}. It needs {', '.join(columns)}.")


def takes_tables(function: Callable[P, R]) -> Callable[P, R]:
    """The function, which refuses anything but a table, or all panels, where its signature asks for one.

    Without it, text in the place of a table would end in an AttributeError far from the call. What it returns raises
    EnclaveError that names the parameter and says what to give.
    """
    asked = {name: one.annotation for name, one in signature(function).parameters.items()}
    kinds = {name: kind for name, kind in asked.items() if getattr(kind, "__name__", "") in TABLES}

    @wraps(function)
    def checked(*args: P.args, **choices: P.kwargs) -> R:
        for name, given in [*zip(asked, args, strict=False), *choices.items()]:
            if name in kinds and not isinstance(given, kinds[name]):
                call = f"{function.__module__.rpartition('.')[2]}.{function.__name__}"
                raise EnclaveError(f"`{name}` of {call} is {in_short(given)}. {TABLES[kinds[name].__name__]}")
        return function(*args, **choices)

    return checked


def in_short(given: object) -> str:
    """An argument in a message: its value if it is short and was typed, else what kind of thing it is.

    Lists and tables may hold values of records, so none is quoted.
    """
    value = repr(given)
    quoted = given is None or isinstance(given, (str, int, float, tuple, range))
    kind = type(given).__name__
    return value if quoted and len(value) <= SHORT else f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"


def refuse_no_window(window: Sequence[int], base: int) -> None:
    """Raise EnclaveError if `window` is no pair of event times, or the base is no event time."""
    if not isinstance(window, Sequence) or len(window) != 2:
        raise EnclaveError(
            f"`window` is {in_short(window)}. Give the first and the last event time, such as window=(-5, 10)."
        )
    for event in window:
        refuse_no_count("An end of `window`", event)
    refuse_no_count("base", base)


def _plain(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())
