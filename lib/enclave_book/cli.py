"""The command `enclave`. A fault with a remedy is printed as one message, and the command ends with 1."""

import argparse
import io
import logging
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from enclave.base import files, paths, privacy, sources
from enclave.base.errors import EnclaveError, denied

PORT = 8000
EVERY = 10


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns its exit code. Letters that a console does not have are told by their numbers."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    given = _parser().parse_args(arguments)
    # a library that sets the level of all messages when it is loaded (pyfixest) then changes nothing
    logging.basicConfig(level=logging.WARNING)
    try:
        if "source" in given:
            sources.name_checked(given.source)
        return given.command(given) or 0
    except EnclaveError as fault:
        print(fault, file=sys.stderr)
        return 1
    except PermissionError as fault:
        print(denied(fault), file=sys.stderr)
        return 1
    except Exception as fault:
        source = getattr(given, "source", "twin")
        if not sources.is_private(source):
            raise
        print(f"A fault of the package, not of your files:\n{privacy.traceback_of(fault, source)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. The next build goes on from here.", file=sys.stderr)
        return 130


def check(given: argparse.Namespace) -> int:
    """Validate the raw tables of a source, and say what the book needs beyond them. Nothing is built."""
    from enclave_registers.intake import completeness

    tell_origin(given.source)
    faults = completeness.check(given.source, print)
    if faults:
        raise EnclaveError("\n".join(faults))
    print(f"All tables of source {given.source} are valid.")
    return 0


def tell_origin(source: str) -> None:
    """Say what a register set is taken for if nothing says how it was made."""
    if paths.registers(source).is_dir() and (line := sources.advice(source)):
        print(line, flush=True)


def registers(given: argparse.Namespace) -> None:
    """Write synthetic registers."""
    from enclave_twin import rehearsal, write

    asked = {"firms": given.firms, "seed": given.seed, "counts": _counts(given.twin)}
    if given.format == rehearsal.FORMAT:
        rehearsal.registers(given.source, **asked)
    else:
        write.registers(given.source, **asked, format=given.format, report=progress(EVERY))
    print(paths.registers(given.source))


def progress(every: float) -> Callable[[int, int], None]:
    """A function that tells on stderr how many firms of how many are written, at most once in `every` seconds."""
    told = time.monotonic()

    def tell(done: int, firms: int) -> None:
        nonlocal told
        if time.monotonic() - told >= every:
            told = time.monotonic()
            print(f"  {done:,} of {firms:,} firms", file=sys.stderr, flush=True)

    return tell


def twin(given: argparse.Namespace) -> None:
    """Write the synthetic registers of a committed twin from its fitted counts."""
    from enclave.panels import targets
    from enclave_twin import write

    write.registers(given.source, counts=targets.folder(given.source))
    print(paths.registers(given.source))


def twin_fit(given: argparse.Namespace) -> None:
    """Fit a twin to the printed numbers anew. Takes an hour or more, and goes on where it was stopped."""
    from enclave.exhibits import scorecard
    from enclave.facts import treated_pairs
    from enclave.panels import targets
    from enclave_twin.fit import adopt
    from enclave_twin.fit import run as fitting

    def tell(text: str) -> None:
        print(text, flush=True)

    relaxed = targets.relaxed_targets(targets.folder(given.source))
    place = paths.fit(given.source, given.seed)
    fitting.fit(treated_pairs.of_source(given.source), given.seed, given.turns, place, tell, relaxed)
    report = adopt.adopt(place, given.source, tell)
    tell(scorecard.summary(report).to_string(index=False))
    tell(report[report["grade"] != "exact"].to_string(index=False))


def build(given: argparse.Namespace) -> None:
    """Bring the book up to date."""
    from enclave_book.build import unchanged

    tell_origin(given.source)
    steps = unchanged.count(given.source, given.until)
    if steps is None:
        # loading what runs steps takes longer than to see that there is nothing to do
        from enclave_book.build import runner

        runner.build(given.source, given.until)
    else:
        print(f"Source {given.source}: {steps} steps\n  0 steps ran, {steps} were up to date", flush=True)
    if given.until == "book":
        print(f"The book: {paths.html(given.source) / 'index.html'}")


def book_next(given: argparse.Namespace) -> None:
    """Render the book with plain Sphinx and the newest parts, and compare it page by page with the book."""
    from enclave_book.render import next_book

    print(f"The book by plain Sphinx: {next_book.run(given.source, given.alone)}")


def run(given: argparse.Namespace) -> None:
    """Run one notebook with parameters of your own; the book is not touched."""
    from enclave_book.notebooks import contents, execute

    notebook = _notebook(given.notebook)
    values = dict(_parameter(text) for text in given.parameter)
    source = str(values.get("source", contents.parameters(notebook).get("source", "twin")))
    sources.name_checked(source)
    results = [paths.results(source) / f"{exhibit}.csv" for exhibit in contents.written(notebook)]
    folder = paths.runs(source) / notebook.stem
    with execute.former_kept(results, aside=folder):
        execute.run(notebook, folder / notebook.name, values, lambda text: print(f"  {text}", flush=True))
    print(folder / notebook.name)


def exhibits(given: argparse.Namespace) -> None:
    """Show the map of exhibits, or write it into the README."""
    from enclave_book.pages import exhibit_map as map_of

    if given.write:
        files.write_text(map_of.renewed(paths.README.read_text(encoding="utf-8")), paths.README)
    else:
        print(map_of.for_readme())


def colab(given: argparse.Namespace) -> None:
    """Write the notebooks with a first cell that makes them run in Colab."""
    from enclave_book.notebooks import colab as first_cell

    made = first_cell.write(Path(given.folder))
    for place in made:
        print(place)
    if not made:
        print("Nothing to write: repository.url in _config.yml has no address that Colab could fetch the book from.")


def bench(given: argparse.Namespace) -> None:
    """Measure what the book promises about speed and memory."""
    from enclave_book import bench as benchmarks

    missed = benchmarks.run(given.benchmark or list(benchmarks.BENCHMARKS), lambda text: print(text, flush=True))
    if missed:
        lines = [f"{one['what']}: {one['value']:.4g} {one['unit']}, {one['limit']}" for one in missed]
        raise EnclaveError("Not kept:\n" + "\n".join(lines))


def lab(given: argparse.Namespace) -> None:
    """Open the notebooks in JupyterLab."""
    from enclave_book.notebooks import lab as opened

    opened.start()


def serve(given: argparse.Namespace) -> None:
    """Serve the built book on this machine."""
    from enclave_book.pages import server

    server.serve(paths.html(given.source), given.port)


def _counts(twin: str) -> Path:
    """Folder of the target counts of a committed twin by its number."""
    from enclave.panels import targets

    return targets.folder("twin" if twin == "1" else f"twin-{twin}")


def _notebook(name: str) -> Path:
    from enclave_book.notebooks import contents

    found = [
        notebook for notebook in contents.every() if name in (notebook.name, notebook.stem, notebook.stem.split("_")[0])
    ]
    if found:
        return found[0]
    if Path(name).is_file():
        return Path(name).resolve()
    known = ", ".join(notebook.stem for notebook in contents.every())
    raise EnclaveError(f"There is no notebook {name!r}. Choose one of {known}.")


def _parameter(text: str) -> tuple[str, object]:
    """`name=value`, the value read as Python or YAML would read a number, a truth value or a text."""
    import yaml

    name, equals, value = text.partition("=")
    if not equals or not name.isidentifier():
        raise EnclaveError(f"{text!r} is no parameter. Write it as name=value.")
    return name, yaml.safe_load(value)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="enclave", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True, metavar="command")
    for command in (build, book_next, check, run, registers, twin, twin_fit, bench, exhibits, colab, lab, serve):
        line, name = command.__doc__.splitlines()[0], command.__name__.replace("_", "-")
        sub = commands.add_parser(name, help=line, description=line)
        sub.set_defaults(command=command)
        for flags, options in OPTIONS[name]:
            sub.add_argument(*flags, **options)
    return parser


SOURCE = (
    ["--source"],
    {"default": os.environ.get("ENCLAVE_SOURCE", "twin"), "help": "twin, licensed, or a register set of your own"},
)
STOPS = ["panels", "pages", "book"]
OPTIONS = {
    "build": [SOURCE, (["--until"], {"choices": STOPS, "default": STOPS[-1], "help": "where to stop"})],
    "book-next": [
        SOURCE,
        (["--alone"], {"action": "store_true", "help": "compare nothing; goes without jupyter-book"}),
    ],
    "check": [SOURCE],
    "run": [
        (["notebook"], {"help": "its number, name or file"}),
        (["-p", "--parameter"], {"action": "append", "default": [], "metavar": "name=value"}),
    ],
    "registers": [
        (["--source"], {"required": True, "help": "name of the register set"}),
        (["--firms"], {"type": int, "default": 50_000, "help": "firms in the firm master"}),
        (["--twin"], {"default": "1", "help": "number of the twin whose counts they hold"}),
        (["--seed"], {"type": int, "default": 2024}),
        (
            ["--format"],
            {
                "default": "parquet",
                "help": "parquet, csv, csv-gb18030, xlsx, dta or delivery (another shape, with a map)",
            },
        ),
    ],
    "twin": [SOURCE],
    "twin-fit": [
        SOURCE,
        (["--seed"], {"type": int, "default": 1, "help": "another seed looks elsewhere"}),
        (["--turns"], {"type": int, "default": 400, "help": "how long to look for the last digits"}),
    ],
    "bench": [(["benchmark"], {"nargs": "*", "help": "placebo, chapters, book or cleaning; all by default"})],
    "exhibits": [(["--write"], {"action": "store_true", "help": "write it into the README"})],
    "colab": [(["folder"], {"help": "where to write them"})],
    "lab": [],
    "serve": [SOURCE, (["--port"], {"type": int, "default": PORT})],
}
