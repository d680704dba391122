"""What a page offers for download: the results that its notebook writes (CSV) and the figures that it shows (SVG)."""

import json
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from enclave import files, paths, results
from enclave.tasks import notebooks

SVG = "image/svg+xml"
EVERYTHING = "enclave.zip"
LONG_AGO = (1980, 1, 1, 0, 0, 0)
WHERE = "_static/downloads"


def write(source: str) -> None:
    """Write the files of every notebook into its folder of `paths.downloads(source)`, and one archive of them all."""
    made = {}
    for notebook in notebooks.every():
        offered = {f"{name}.svg": drawing for name, drawing in drawings(paths.executed(source) / notebook.name)}
        for exhibit in notebooks.written(notebook):
            offered[f"{exhibit}.csv"] = (paths.results(source) / f"{exhibit}.csv").read_text(encoding="utf-8")
        made |= {f"{notebook.stem}/{name}": text for name, text in offered.items()}
    for name, text in made.items():
        files.write_text(text, paths.downloads(source) / name)
    files.write_bytes(_archive(made), paths.downloads(source) / EVERYTHING)


def drawings(executed: Path) -> Iterator[tuple[str, str]]:
    """Name and SVG of each figure of an executed notebook that has a name."""
    for cell in json.loads(executed.read_text(encoding="utf-8"))["cells"]:
        name = cell.get("metadata", {}).get("mystnb", {}).get("figure", {}).get("name")
        for output in cell.get("outputs", []):
            if name and SVG in output.get("data", {}):
                yield name, "".join(output["data"][SVG])


def page(executed: str, notebook: str, source: str) -> str:
    """An executed notebook as its page shows it: without the drawings as SVG, and with links to them at the end."""
    book = json.loads(executed)
    for cell in book["cells"]:
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(SVG, None)
    links = _links(notebook, source)
    if links:
        book["cells"].append({"cell_type": "markdown", "id": "downloads", "metadata": {}, "source": links})
    return json.dumps(book, ensure_ascii=False)


def _links(notebook: str, source: str) -> str:
    offered = sorted(file for file in (paths.downloads(source) / notebook).glob("*.*"))
    if not offered:
        return ""
    rows = [f"- {_link(f'{notebook}/{file.name}', file.name)} ({_size(file)})" for file in offered]
    head = f"## Downloads\n\n{results.mark(source)}. Results in full precision (CSV), figures as drawings (SVG); "
    return head + f"{_link(EVERYTHING, 'all of them in one archive')}.\n\n" + "\n".join(rows) + "\n"


def _link(place: str, text: str) -> str:
    return f'<a href="../{WHERE}/{place}" download>{text}</a>'


def _size(file: Path) -> str:
    return f"{max(1, round(file.stat().st_size / 1024))} kB"


def _archive(made: dict[str, str]) -> bytes:
    """The same files give the same bytes: sorted, and without a date."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(made):
            archive.writestr(zipfile.ZipInfo(name, LONG_AGO), made[name], zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
