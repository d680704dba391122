"""The command `enclave`. An error with a remedy is printed as one message, and the command ends with 1."""

import argparse
import io
import logging
import os
import sys
from collections.abc import Callable
from typing import Any

from enclave.base import privacy, sources
from enclave.base.errors import EnclaveError, denied, is_denied
from enclave_book.commands import book, course, registers

STOPS = ["panels", "pages", "slides", "book"]
FORMATS = "parquet, csv, csv-gb18030, xlsx, dta; delivery (another layout, with a map) or commercial (without one)"
Command = Callable[[argparse.Namespace], int | None]
Option = tuple[tuple[str, ...], dict[str, Any]]


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns its exit code. Letters that a console does not have are printed as their numbers."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    given = _parser().parse_args(arguments)
    # pyfixest sets the level of all messages when it is loaded; after this line that changes nothing
    logging.basicConfig(level=logging.WARNING)
    try:
        if "source" in given:
            sources.name_checked(given.source)
        return given.command(given) or 0
    except EnclaveError as fault:
        print(fault, file=sys.stderr)
        return 1
    except Exception as fault:
        if is_denied(fault):
            print(denied(fault), file=sys.stderr)
            return 1
        source = getattr(given, "source", "twin")
        if not sources.is_private(source):
            raise
        print(f"A fault of the package, not of your files:\n{privacy.traceback_of(fault, source)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. The next build continues from here.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="enclave", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True, metavar="command")
    for command, options in COMMANDS.items():
        line, name = (command.__doc__ or "").partition("\n")[0], command.__name__.replace("_", "-")
        sub = commands.add_parser(name, help=line, description=line)
        sub.set_defaults(command=command)
        for flags, settings in options:
            sub.add_argument(*flags, **settings)
    return parser


def _option(*flags: str, **settings: Any) -> Option:
    return flags, settings


SOURCE = _option(
    "--source",
    default=os.environ.get("ENCLAVE_SOURCE", "twin"),
    help="twin, licensed, or the name of your own register set",
)
COMMANDS: dict[Command, list[Option]] = {
    book.build: [SOURCE, _option("--until", choices=STOPS, default=STOPS[-1], help="where to stop")],
    book.book_next: [SOURCE, _option("--alone", action="store_true", help="no comparison; jupyter-book is not needed")],
    registers.check: [SOURCE, _option("--map", choices=["draft"], help="write a first map.yml by guessing")],
    book.run: [
        _option("notebook", help="its number, name or file"),
        _option("-p", "--parameter", action="append", default=[], metavar="name=value"),
    ],
    registers.registers: [
        _option("--source", required=True, help="name of the register set"),
        _option("--firms", type=int, default=50_000, help="firms in the firm master"),
        _option("--twin", default="1", help="number of the twin whose counts they have"),
        _option("--seed", type=int, default=2024),
        _option("--format", default="parquet", help=FORMATS),
    ],
    registers.twin: [SOURCE],
    registers.twin_fit: [
        SOURCE,
        _option("--seed", type=int, default=1, help="another seed searches elsewhere"),
        _option("--turns", type=int, default=120, help="how long to search for the last digits"),
    ],
    book.exhibits: [_option("--write", action="store_true", help="write it into the README")],
    book.colab: [_option("folder", help="where to write them")],
    book.lab: [],
    book.exercises: [],
    book.page: [_option("notebook", help="its file, such as work/02_baseline_did.ipynb")],
    book.pdf: [SOURCE],
    book.look: [SOURCE],
    book.programs: [SOURCE],
    book.slides: [SOURCE, _option("--pdf", action="store_true", help="print each deck, too; needs a browser")],
    course.course: [SOURCE],
    course.instructor: [SOURCE],
    course.handout: [_option("names", help="CSV file with a column `name`")],
    course.grade: [
        _option("submissions", help="folder with a folder, an archive or a notebook of each student"),
        _option("--names", default="", help="CSV file with a column `name`, to find misspelt ones"),
    ],
    book.serve: [SOURCE, _option("--port", type=int, default=8000)],
}
