"""The page "A register in an hour" shows what its commands print, in their order, and ends at the right panels."""

import re

import pandas as pd
import pytest
import yaml

from enclave.base import paths
from enclave.base.errors import PYTHON
from enclave_book import cli
from enclave_registers.cleaning import pipeline
from enclave_registers.intake import progress, validate
from enclave_twin import commercial, write

PAGE = paths.BOOK / "register_in_an_hour.md"
BLOCK = re.compile(r"^```(bash|text|yaml|diff)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LEFT_OUT = "...\n"
FIRMS = 12_000
PANELS = ["manufacturing", "all_industry", "branches", "network", "yearbook", "land", "pairs"]


def blocks():
    """The kind and the text of each block of the page, in order."""
    return BLOCK.findall(PAGE.read_text(encoding="utf-8"))


def run(command, capsys):
    """What a command of the page prints, with the folders that the page names, and without progress."""
    name, *settings = command.removeprefix("make ").split()
    words = [word for setting in settings for word in _option(*setting.split("="))]
    capsys.readouterr()
    code = cli.main([name, *words])
    printed = capsys.readouterr()
    text = (printed.out + printed.err).replace(str(paths.BUILD), "_build")
    return code, text.replace("\\", "/").replace(f"`{PYTHON} run.py", "`python3 run.py")


def _option(name, value):
    return f"--{name.lower()}", value


def holds(printed, shown):
    """Whether a text has the lines that are shown, in this order; others are between only where some are left out."""
    # the table is aligned, and a line that is left out may be the widest
    printed, shown = (re.sub(" {2,}", "  ", text) for text in (printed, shown))
    place = 0
    for at, piece in enumerate(shown.split(LEFT_OUT)):
        found = printed.find(piece, place)
        if found < 0 or (at == 0 and found > 0):
            return False
        place = found + len(piece)
    return shown.endswith(LEFT_OUT) or place == len(printed)


def edited(text, change):
    """A map after a change: each run of lines with a minus is replaced by the lines with a plus below it."""
    for old, new in re.findall(r"((?:^-.*\n)+)((?:^\+.*\n)+)", change, re.MULTILINE):
        before, after = (re.sub("^[-+] ", "", lines, flags=re.MULTILINE) for lines in (old, new))
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    return text


@pytest.fixture
def patient(monkeypatch):
    """No line of progress, which depends on the speed of the machine."""
    monkeypatch.setattr(progress, "SECONDS", 10**6)


def test_the_page_shows_what_its_commands_print_and_ends_at_the_right_panels(build_folder, patient, capsys):
    last, codes = "", []
    map_file = paths.delivery_map(paths.registers("lesson"))
    for kind, text in blocks():
        if kind == "bash" and not text.startswith("make book"):
            code, last = run(text.strip(), capsys)
            codes.append(code)
        elif kind == "text" and text.startswith("table,"):
            assert paths.not_understood("lesson").read_text(encoding="utf-8") == text
        elif kind == "text":
            assert holds(last, text), last
        elif kind == "yaml":
            assert map_file.read_text(encoding="utf-8") == text
        else:
            map_file.write_text(edited(map_file.read_text(encoding="utf-8"), text), encoding="utf-8")
    # written, refused, drafted, refused, valid
    assert codes == [0, 1, 0, 1, 0]
    assert last.endswith("All tables of source lesson are valid.\n")


@pytest.mark.slow
def test_the_commercial_delivery_of_the_page_gives_the_panels_of_the_registers(build_folder):
    commercial.registers("lesson", firms=FIRMS)
    drafted, *_ = [text for kind, text in blocks() if kind == "yaml"]
    for change in [text for kind, text in blocks() if kind == "diff"]:
        drafted = edited(drafted, change)
    assert yaml.safe_load(drafted)["industries"] == {"from_firms": 2011}
    paths.delivery_map(paths.registers("lesson")).write_text(drafted, encoding="utf-8")
    write.registers("plain", firms=FIRMS, seed=commercial.SEED)
    for source in ("lesson", "plain"):
        validate.store(source)
        pipeline.build(source)
    for panel in PANELS:
        found, right = (pd.read_parquet(paths.panels(source) / f"{panel}.parquet") for source in ("lesson", "plain"))
        pd.testing.assert_frame_equal(found, right, obj=panel)
