"""Sentences with computed numbers. No number is typed: it is kept under a name, and the sentence has its name.

`keep(effect=0.5)` keeps a value where it is computed. `say("A park adds {effect:.1f} links.")` shows the sentence as
Markdown, so it reads alike in every program that shows notebooks. On the page of the book it becomes part of the prose.
"""

import re
from dataclasses import dataclass
from inspect import cleandoc

from enclave.base.errors import EnclaveError

# formulas and code have braces of their own
FIELD = re.compile(r"\$[^$]*\$|`[^`]*`|\{(?P<name>\w*)(?::(?P<format>[^{}]*))?\}")
# what a format makes of very small and very large numbers, and of a negative number that rounds to zero
POWER = re.compile(r"e([+-])0*(\d+)$")
NO_SIGN = re.compile(r"-(?=0(?:\.0+)?$)")
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_kept: dict[str, object] = {}


@dataclass(frozen=True, repr=False)
class Sentences:
    """Finished text: Markdown in a notebook, and the same as plain text elsewhere."""

    text: str

    def _repr_markdown_(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text


def keep(**values: object) -> None:
    """Keep values under their names, for the sentences below. A later value replaces an earlier one."""
    _kept.update(values)


def say(text: str) -> Sentences:
    """The text with each `{name}` or `{name:format}` replaced by the value that was kept; formulas and code stay.

    Powers of ten are written as readers do (6 × 10⁻¹²), and a negative number that rounds to zero has no sign.
    Raises EnclaveError for a name that nothing was kept under, or a format that does not fit the value.
    """
    return Sentences(FIELD.sub(_filled, cleandoc(text)))


def names(text: str) -> set[str]:
    """The names of the values that a text needs."""
    return {found["name"] for found in FIELD.finditer(text) if found["name"] is not None}


def _filled(found: re.Match) -> str:
    name, form = found["name"], found["format"] or ""
    if name is None:
        return found[0]
    if name not in _kept:
        raise EnclaveError(f"No value is kept as {name!r}. Run the cells above first; `keep({name}=...)` is in one.")
    try:
        return readable(format(_kept[name], form))
    except (TypeError, ValueError) as fault:
        raise EnclaveError(f"{{{name}:{form}}} does not fit the value {_kept[name]!r} ({fault}).") from None


def readable(number: str) -> str:
    r"""A formatted number as readers write it.

    >>> readable("6e-12"), readable("0e+00"), readable("-0.00"), readable("-0.01"), readable("1e+03")
    ('6\xa0×\xa010⁻¹²', '0', '0.00', '-0.01', '1\xa0×\xa010³')
    """
    found = POWER.search(number)
    if found is None:
        return NO_SIGN.sub("", number)
    sign, power = found.groups()
    if int(power) == 0:
        return number[: found.start()]
    raised = f"{'-' if sign == '-' else ''}{power}".translate(RAISED)
    # spaces at which no line breaks
    return f"{number[: found.start()]}\u00a0×\u00a010{raised}"
