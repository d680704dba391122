"""The map of a delivery as a tree of texts, each with its line in the file.

YAML would read `01` as the number 1 and `no` as a truth value. Here each scalar stays the text in the file, so that a
code is the same as it was typed.
"""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

from enclave.base.errors import InputError


@dataclass(frozen=True)
class Entry:
    """A value in the file: a text, a list, or names with values; its line, and the keys that lead to it."""

    file: str
    content: "str | list[Entry] | dict[str, Entry]"
    line: int
    keys: tuple[str, ...] = ()

    def text(self) -> str:
        """The value as text. Raises InputError if it is a list or has names."""
        if not isinstance(self.content, str):
            raise self.error("must be a single text", "Write one value after the colon.")
        return self.content

    def filled(self) -> str:
        """The value as text. Raises InputError if it is empty."""
        if not self.text():
            raise self.error("is empty", "Write a value, or remove the key.")
        return self.text()

    def texts(self) -> "list[Entry]":
        """One text, or a list of texts, as a list of entries. Raises InputError for names and for empty texts."""
        if isinstance(self.content, dict):
            raise self.error("must be a single text or a list", "Write one value, or several as [first, second].")
        entries: list[Entry] = [self] if isinstance(self.content, str) else self.content
        for entry in entries:
            if not entry.text():
                raise entry.error("is empty", "Write a value, or remove the key.")
        return entries

    def names(self) -> "dict[str, Entry]":
        """Names with values; none for an empty value. Raises InputError for a text or a list."""
        if self.content == "":
            return {}
        if not isinstance(self.content, dict):
            raise self.error("must be names with values", "Write one `name: value` per line, indented further.")
        return self.content

    def known(self, allowed: Iterable[str], what: str) -> "dict[str, Entry]":
        """Names with values, all of them `allowed`. Raises InputError for an unknown one; `what` says what it is."""
        allowed = list(allowed)
        for name, entry in self.names().items():
            if name not in allowed:
                near = difflib.get_close_matches(name, allowed, n=1)
                hint = f'Did you mean "{near[0]}"? ' if near else ""
                raise entry.error(f"is an unknown {what}", f"{hint}Choose from {', '.join(allowed)}.")
        return self.names()

    def error(self, problem: str, remedy: str) -> InputError:
        """An error that names this line of the file and its keys."""
        return InputError(f"{self.file}, line {self.line}, {'.'.join(self.keys) or 'top'}", problem, remedy)


def read(path: Path) -> Entry:
    """The tree of a file. Raises InputError if it is not UTF-8, not valid YAML, or has a key twice."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except UnicodeDecodeError:
        raise InputError(path.name, "is not UTF-8 text", "Save the file as UTF-8.") from None
    except yaml.YAMLError as error:
        raise _invalid(path, error) from None
    return Entry(path.name, "", 1) if node is None else _entry(path.name, node, ())


def _invalid(path: Path, error: yaml.YAMLError) -> InputError:
    mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None)
    place = f"{path.name}, line {mark.line + 1}" if mark else path.name
    remedy = "Indent with spaces, put a space after each colon, and put texts with : # % * & ? in double quotes."
    return InputError(place, f"is not valid YAML ({problem or 'a character that YAML does not allow'})", remedy)


def _entry(file: str, node: yaml.Node, keys: tuple[str, ...]) -> Entry:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.ScalarNode):
        return Entry(file, "" if node.tag.endswith(":null") else node.value, line, keys)
    if isinstance(node, yaml.SequenceNode):
        return Entry(file, [_entry(file, item, keys) for item in node.value], line, keys)
    return Entry(file, _names(file, node, keys), line, keys)


def _names(file: str, node: yaml.Node, keys: tuple[str, ...]) -> dict[str, Entry]:
    found = {}
    for key, value in node.value:
        name = str(key.value).strip() if isinstance(key, yaml.ScalarNode) else ""
        at = Entry(file, name, key.start_mark.line + 1, (*keys, name))
        if not name:
            raise at.error("has a key that is not a text", "Write one `name: value` per line.")
        if name in found:
            raise at.error("appears twice", f"It is already in line {found[name].line}: keep one of the two.")
        found[name] = _entry(file, value, at.keys)
    return found
