"""The commands that build the book, run notebooks and show pages."""

import argparse
from pathlib import Path

from enclave.base import files, paths, sources
from enclave.base.arguments import offered
from enclave.base.errors import EnclaveError
from enclave_book.commands.registers import print_advice


def build(given: argparse.Namespace) -> None:
    """Bring the book up to date."""
    from enclave_book.build import unchanged

    print_advice(given.source)
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
    """Render the book with plain Sphinx and the newest packages, and compare it page by page with the book."""
    from enclave_book.render import next_book

    print(f"The book by plain Sphinx: {next_book.run(given.source, given.alone)}")


def run(given: argparse.Namespace) -> None:
    """Run one notebook with parameters of your own. The book stays as it is."""
    from enclave_book.notebooks import contents, execute

    notebook = _notebook(given.notebook)
    values = dict(parameter(text) for text in given.parameter)
    source = str(values.get("source", contents.parameters(notebook).get("source", "twin")))
    sources.name_checked(source)
    results = [paths.results(source) / f"{exhibit}.csv" for exhibit in contents.written(notebook)]
    folder = paths.runs(source) / notebook.stem
    with execute.former_kept(results, aside=folder):
        execute.run(notebook, folder / notebook.name, values, lambda text: print(f"  {text}", flush=True))
    print(folder / notebook.name)


def lab(given: argparse.Namespace) -> None:
    """Open the notebooks in JupyterLab."""
    from enclave_book.notebooks import lab as jupyterlab

    jupyterlab.start()


def exercises(given: argparse.Namespace) -> None:
    """Write copies of the notebooks to work in, without solutions."""
    from enclave_book.notebooks import copies

    new, kept = copies.write()
    for place in new:
        print(place)
    if kept:
        print(f"{len(kept)} copies were there and stay as they are. Delete one to get it anew.")


def page(given: argparse.Namespace) -> None:
    """Turn a saved notebook of your own into one HTML file."""
    from enclave_book.notebooks import copies

    print(copies.page(Path(given.notebook)))


def programs(given: argparse.Namespace) -> None:
    """Run the programs in R on the panels of a build, and compare what they print (needs R with sandwich)."""
    from enclave import panels
    from enclave.exhibits import results
    from enclave_book.programs import run

    keep = given.source == paths.twins()[0]
    data = panels.of(given.source)
    run.run(data, lambda exhibit: results.read(exhibit, given.source), lambda text: print(text, flush=True), keep=keep)
    if keep:
        print(f"Kept in {paths.PRINTED.relative_to(paths.ROOT).as_posix()}. Commit it; the next build shows it.")


def serve(given: argparse.Namespace) -> None:
    """Serve the built book on this machine."""
    from enclave_book.commands import server

    server.serve(paths.html(given.source), given.port)


def pdf(given: argparse.Namespace) -> None:
    """Print the built book into one PDF, and each page into one of its own (needs Chromium, Chrome or Edge)."""
    from enclave_book.browser import paper

    print(paper.write(given.source, lambda text: print(text, flush=True)))


def look(given: argparse.Namespace) -> None:
    """Count in a browser what of the built book is cut, what hinders readers, and what is loaded."""
    from enclave_book.browser import look as browser

    print(browser.run(given.source))


def slides(given: argparse.Namespace) -> None:
    """Bring the decks of slides up to date, one HTML file each, and with --pdf print them."""
    from enclave_book.browser import slides_paper

    build(argparse.Namespace(source=given.source, until="slides"))
    made = sorted(paths.slides(given.source).glob("*.html"))
    if given.pdf:
        made = slides_paper.write(given.source)
    for place in made:
        print(place)


def exhibits(given: argparse.Namespace) -> None:
    """Print the map of exhibits, or renew the picture and the tables of the README."""
    from enclave_book.pages import exhibit_map, readme

    if given.write:
        files.write_text(readme.renewed(paths.README.read_text(encoding="utf-8")), paths.README)
        files.write_bytes(readme.picture(), paths.PICTURE)
    else:
        print(exhibit_map.for_readme())


def colab(given: argparse.Namespace) -> None:
    """Write the notebooks with a first cell that makes them run in Colab."""
    from enclave_book.notebooks import colab as first_cell

    made = first_cell.write(Path(given.folder))
    for place in made:
        print(place)
    if not made:
        print("Nothing to write: repository.url in _config.yml has no address that Colab could fetch the book from.")


def _notebook(name: str) -> Path:
    from enclave_book.notebooks import contents

    found = [
        notebook for notebook in contents.every() if name in (notebook.name, notebook.stem, notebook.stem.split("_")[0])
    ]
    if found:
        return found[0]
    if Path(name).is_file():
        return Path(name).resolve()
    known = [notebook.stem for notebook in contents.every()]
    raise EnclaveError(f"There is no notebook {name!r}. {offered(name, known)}")


def parameter(text: str) -> tuple[str, object]:
    """`name=value`; the value is read as YAML reads a number, a truth value or a text."""
    import yaml

    name, equals, value = text.partition("=")
    if not equals or not name.isidentifier():
        raise EnclaveError(f"{text!r} is no parameter. Write it as name=value.")
    return name, yaml.safe_load(value)
