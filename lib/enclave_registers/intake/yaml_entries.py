"""The map of a delivery as a tree of texts: YAML in which nothing is guessed, and every value knows its line.

YAML would take `01` for the number 1 and `no` for a truth value. Here each scalar is the text that stands in the file,
so that a code is found again as it was typed.
"""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

from enclave.base.errors import InputError


@dataclass(frozen=True)
class Entry:
    """A value of the file: a text, a list, or names with values; its line, and the keys that lead to it."""

    file: str
    content: "str | list[Entry] | dict[str, Entry]"
    line: int
    trail: tuple[str, ...] = ()

    def text(self) -> str:
        """The value as text. Raises InputError for a list and for names."""
        if not isinstance(self.content, str):
            raise self.fault("should be one text", "Write one value behind the colon.")
        return self.content

    def texts(self) -> "list[Entry]":
        """One text, or a list of texts, as a list of entries."""
        if isinstance(self.content, dict):
            raise self.fault("should be one text or a list", "Write one value, or several as [first, second].")
        every = [self] if isinstance(self.content, str) else self.content
        for entry in every:
            if not entry.text():
                raise entry.fault("is empty", "Write a value, or remove the key.")
        return every

    def names(self) -> "dict[str, Entry]":
        """Names with values; an empty value has none."""
        if self.content == "":
            return {}
        if not isinstance(self.content, dict):
            raise self.fault("should be names with values", "Write one `name: value` a line, further to the right.")
        return self.content

    def known(self, allowed: Iterable[str], what: str) -> "dict[str, Entry]":
        """Names with values, all of them among the `allowed`. Raises InputError for another one, told as a `what`."""
        allowed = list(allowed)
        for name, entry in self.names().items():
            if name not in allowed:
                near = difflib.get_close_matches(name, allowed, n=1)
                hint = f'Did you mean "{near[0]}"? ' if near else ""
                raise entry.fault(f"is an unknown {what}", f"{hint}Choose from {', '.join(allowed)}.")
        return self.names()

    def fault(self, problem: str, remedy: str) -> InputError:
        """The fault at this place of the file."""
        return InputError(f"{self.file}, line {self.line}, {'.'.join(self.trail) or 'top'}", problem, remedy)


def read(path: Path) -> Entry:
    """The tree of a file. Raises InputError for text that is no YAML, not in UTF-8, or names a key twice."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except UnicodeDecodeError:
        raise InputError(path.name, "is not UTF-8 text", "Save the file as UTF-8.") from None
    except yaml.YAMLError as error:
        raise _broken(path, error) from None
    return Entry(path.name, "", 1) if node is None else _entry(path.name, node, ())


def _broken(path: Path, error: yaml.YAMLError) -> InputError:
    mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None)
    place = f"{path.name}, line {mark.line + 1}" if mark else path.name
    remedy = "Indent with spaces, put a space behind each colon, and texts with : # % * & ? in double quotes."
    return InputError(place, f"is no YAML ({problem or 'a character that YAML does not allow'})", remedy)


def _entry(file: str, node: yaml.Node, trail: tuple[str, ...]) -> Entry:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.ScalarNode):
        return Entry(file, "" if node.tag.endswith(":null") else node.value, line, trail)
    if isinstance(node, yaml.SequenceNode):
        return Entry(file, [_entry(file, part, trail) for part in node.value], line, trail)
    return Entry(file, _names(file, node, trail), line, trail)


def _names(file: str, node: yaml.MappingNode, trail: tuple[str, ...]) -> dict[str, Entry]:
    found = {}
    for key, value in node.value:
        name = str(key.value).strip() if isinstance(key, yaml.ScalarNode) else ""
        at = Entry(file, name, key.start_mark.line + 1, (*trail, name))
        if not name:
            raise at.fault("has a key that is no text", "Write one `name: value` a line.")
        if name in found:
            remedy = f"It stands first in line {found[name].line}: keep one of the two."
            raise at.fault("stands twice", remedy)
        found[name] = _entry(file, value, at.trail)
    return found
