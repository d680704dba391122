"""Mutations of the map of a delivery."""

import re
from collections.abc import Callable
from functools import partial

import numpy as np

from campaign import registers
from campaign.delivery import Delivery, Files
from campaign.mutation import Change, Kind
from enclave.base import paths

MAP = paths.DELIVERY_MAP
UNITS = ["人", "万人", "元", "万元", "百万元", "亿元", "户", "万户", "吨", "万吨", "平方米", "公顷", "亩"]
# a change of the lines; nothing if it does not fit the line drawn
New = Callable[[list[str], int, np.random.Generator], list[str] | None]


def _line_lost(lines: list[str], at: int, rng) -> list[str]:
    return [*lines[:at], *lines[at + 1 :]]


def _line_twice(lines: list[str], at: int, rng) -> list[str]:
    return [*lines[: at + 1], *lines[at:]]


def _lines_exchanged(lines: list[str], at: int, rng) -> list[str]:
    made, other = list(lines), int(rng.integers(len(lines)))
    made[at], made[other] = made[other], made[at]
    return made


def _rewritten(change: Callable[[str, np.random.Generator], str | None]) -> New:
    """A change of one line."""

    def made(lines: list[str], at: int, rng) -> list[str] | None:
        line = change(lines[at], rng)
        return None if line is None else [*lines[:at], line, *lines[at + 1 :]]

    return made


def _letter_lost(line: str, rng) -> str:
    at = int(rng.integers(len(line)))
    return line[:at] + line[at + 1 :]


def _letter_replaced(line: str, rng) -> str:
    at = int(rng.integers(len(line)))
    return line[:at] + str(rng.choice(list("abcXYZ019:'\"#-"))) + line[at + 1 :]


def _indented(line: str, rng) -> str:
    return " " + line if rng.random() < 0.5 else line.removeprefix(" ")


def _other_unit(line: str, rng) -> str | None:
    key, _, unit = line.partition(": ")
    return f"{key}: {rng.choice(UNITS)}" if unit in UNITS else None


def _other_form(line: str, rng) -> str | None:
    """Another format of dates."""
    forms = ["%Y-%m-%d", "%m/%d/%Y", "%d/%m/%Y", "%Y%m%d", "%y.%m.%d", "%Y.%d.%m", "%d-%m-%Y"]
    return re.sub("(?<=date_format: ).*", f"'{rng.choice(forms)}'", line) if "date_format" in line else None


def _values_exchanged(lines: list[str], at: int, rng) -> list[str] | None:
    """Two keys with each other's value."""
    pairs = [number for number, line in enumerate(lines) if re.fullmatch(r"\s+[^:]+: \S.*", line)]
    one, other = (int(place) for place in rng.choice(pairs, 2, replace=False))
    made = list(lines)
    for place, source in ((one, other), (other, one)):
        made[place] = f"{lines[place].partition(': ')[0]}: {lines[source].partition(': ')[2]}"
    return made


def _other_encoding(line: str, rng) -> str | None:
    names = ["utf-8", "gb18030", "big5", "utf-16", "latin-1"]
    return re.sub("(?<=encoding: ).*", str(rng.choice(names)), line) if "encoding:" in line else None


def _other_delimiter(line: str, rng) -> str | None:
    return re.sub("(?<=delimiter: ).*", f'"{rng.choice(list(",;|"))}"', line) if "delimiter:" in line else None


def _of_lines(new: New, delivery: Delivery, rng: np.random.Generator) -> Change | None:
    lines = delivery.files[MAP].decode().splitlines()
    at = int(rng.integers(1, len(lines)))
    made = new(lines, at, rng)
    if made is None:
        return None
    return Change(delivery.files | {MAP: ("\n".join(made) + "\n").encode()}, f"{MAP}, line {at + 1}")


def _of_file(new: Callable[[Delivery], Files], delivery: Delivery, rng: np.random.Generator) -> Change:
    return Change(new(delivery), MAP)


def _renamed(name: str) -> Callable[[Delivery], Files]:
    return lambda delivery: delivery.without(MAP) | {name: delivery.files[MAP]}


def _encoded(encoding: str) -> Callable[[Delivery], Files]:
    return lambda delivery: delivery.files | {MAP: delivery.files[MAP].decode().encode(encoding)}


def _kind(name: str, make, reach: int | None) -> Kind:
    return Kind(name, "map", reach, make, (registers.SUPPLIER,))


KINDS = [
    _kind("a line of the map lost", partial(_of_lines, _line_lost), None),
    _kind("a line of the map twice", partial(_of_lines, _line_twice), None),
    _kind("two lines of the map exchanged", partial(_of_lines, _lines_exchanged), None),
    _kind("a letter of the map lost", partial(_of_lines, _rewritten(_letter_lost)), None),
    _kind("a letter of the map replaced", partial(_of_lines, _rewritten(_letter_replaced)), None),
    _kind("a line of the map indented otherwise", partial(_of_lines, _rewritten(_indented)), None),
    _kind("another unit in the map", partial(_of_lines, _rewritten(_other_unit)), None),
    _kind("another date format in the map", partial(_of_lines, _rewritten(_other_form)), None),
    _kind("two values of the map exchanged", partial(_of_lines, _values_exchanged), None),
    _kind("another encoding in the map", partial(_of_lines, _rewritten(_other_encoding)), None),
    _kind("another delimiter in the map", partial(_of_lines, _rewritten(_other_delimiter)), None),
    _kind("the map as map.yaml", partial(_of_file, _renamed("map.yaml")), 0),
    _kind("the map as Map.yml", partial(_of_file, _renamed("Map.yml")), 0),
    _kind("the map as map.yml.txt", partial(_of_file, _renamed("map.yml.txt")), 0),
    _kind("the map in GB18030", partial(_of_file, _encoded("gb18030")), 0),
    _kind("the map with a byte order mark", partial(_of_file, _encoded("utf-8-sig")), 0),
    _kind("an empty map", partial(_of_file, lambda delivery: delivery.files | {MAP: b""}), None),
    _kind("no map", partial(_of_file, lambda delivery: delivery.without(MAP)), None),
]
