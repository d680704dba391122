"""The downloads of a page: the results of the exhibits that it shows (CSV), and its figures (SVG)."""

import json
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from enclave.base import files, paths, sources
from enclave_book.notebooks import contents

SVG = "image/svg+xml"
GRADED = ["scorecard", "claims"]
LONG_AGO = (1980, 1, 1, 0, 0, 0)
WHERE = "_static/downloads"
NOTE = """Enclave: results and figures, in one folder for each page of the book.

{mark}. The names of the results say so too, and the figures carry it as a line.
Results (CSV) are in full precision. Tables have the keys of the printed numbers: table, column, row, statistic.
The scorecard has each printed number beside ours, the claims each statement of the paper with our verdict.
"""


def write(source: str) -> None:
    """Write the files of every page into its folder of `paths.downloads(source)`, and one archive of them all.

    Former files that are no longer offered are removed.
    """
    made = {place: (paths.results(source) / name).read_text(encoding="utf-8") for place, name in _results(source)}
    for notebook in contents.every():
        drawn = drawings(paths.executed(source) / notebook.name)
        made |= {f"{notebook.stem}/{name}.svg": drawing for name, drawing in drawn}
    made["README.txt"] = NOTE.format(mark=sources.data_label(source))
    for place, text in made.items():
        files.write_text(text, paths.downloads(source) / place)
    files.write_bytes(
        archive({place: text.encode() for place, text in made.items()}), paths.downloads(source) / archive_name(source)
    )
    _remove_all_but({*made, archive_name(source)}, paths.downloads(source))


def file_name(exhibit: str, source: str) -> str:
    """File name of a result with the kind of its data: after the download nothing else states it."""
    return f"{exhibit}_{sources.kind(source)}.csv"


def archive_name(source: str) -> str:
    """Name of the archive of all downloads."""
    return f"enclave_{sources.kind(source)}.zip"


def _results(source: str) -> Iterator[tuple[str, str]]:
    """Place among the downloads and file name of each result."""
    pages = [(notebook.stem, exhibit) for notebook in contents.every() for exhibit in contents.made(notebook)]
    for page, exhibit in [*pages, *((paths.SCORECARD.stem, name) for name in GRADED)]:
        yield f"{page}/{file_name(exhibit, source)}", f"{exhibit}.csv"


def _remove_all_but(places: set[str], folder: Path) -> None:
    for file in [file for file in folder.rglob("*") if file.is_file()]:
        if file.relative_to(folder).as_posix() not in places:
            file.unlink()


def drawings(executed: Path) -> Iterator[tuple[str, str]]:
    """Name and SVG of each figure of an executed notebook that has a name."""
    for cell in json.loads(executed.read_text(encoding="utf-8"))["cells"]:
        name = cell.get("metadata", {}).get("mystnb", {}).get("figure", {}).get("name")
        for output in cell.get("outputs", []):
            if name and SVG in output.get("data", {}):
                yield name, "".join(output["data"][SVG])


def page(executed: str, notebook: str, source: str) -> str:
    """An executed notebook as a page: without the SVG drawings, and with links to the downloads at the end."""
    book = json.loads(executed)
    for cell in book["cells"]:
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(SVG, None)
    links = offer(notebook, source)
    if links:
        text = f"## Downloads\n\n{links}"
        book["cells"].append({"cell_type": "markdown", "id": "downloads", "metadata": {}, "source": text})
    return json.dumps(book, ensure_ascii=False)


def of_scorecard(source: str) -> str:
    """The generated part of the scorecard page: links to its files."""
    return offer(paths.SCORECARD.stem, source)


def offer(page: str, source: str) -> str:
    """Links to the files of a page, by the name of the page, and to the archive; empty if it has no files."""
    offered = sorted((paths.downloads(source) / page).glob("*.*"))
    if not offered:
        return ""
    rows = [f"- {_link(f'{page}/{file.name}', file.name)} ({size(file)})" for file in offered]
    whole = archive_name(source)
    every = f"{_link(whole, 'all files of the book in one archive')} ({size(paths.downloads(source) / whole)})"
    head = f"{sources.data_label(source)}. Results in full precision (CSV), figures as drawings (SVG); {every}."
    return head + "\n\n" + "\n".join(rows) + "\n"


def _link(place: str, text: str) -> str:
    return f'<a href="../{WHERE}/{place}" download>{text}</a>'


def size(file: Path) -> str:
    """The size of a file, in words."""
    return f"{max(1, round(file.stat().st_size / 1024))} kB"


def archive(made: dict[str, bytes]) -> bytes:
    """An archive of files by their places in it.

    The same files give the same bytes: sorted, without a date, readable to all.
    """
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in sorted(made):
            member = zipfile.ZipInfo(name, LONG_AGO)
            member.external_attr, member.create_system = 0o644 << 16, 3
            packed.writestr(member, made[name], zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
