"""An executed notebook as a chapter: its number in the title, plumbing folded, no style in tables, light pictures.

The notebooks of the repository stay as they are.
"""

import ast
import base64
import io
import json

from PIL import Image

from enclave.style import tables
from enclave_book.render import numbers

PNG = "image/png"
COLOURS = 256
FOLDED, HIDDEN = "hide-input", "hide-cell"
# calls that prepare a page and compute nothing that a reader wants to see
PLUMBING = {"keep", "style.use"}
KEPT_TAGS = {"hide-cell", "hide-input", "remove-cell", "remove-input"}


def page(executed: str, name: str) -> str:
    """The executed notebook of a chapter as its page; both are texts of notebooks. `name` is that of the file."""
    book = json.loads(executed)
    _number_title(book["cells"], numbers.chapter(name))
    for cell in book["cells"]:
        if cell["cell_type"] == "code":
            _fold(cell)
            for output in cell.get("outputs", []):
                _without_style(output.get("data", {}))
                _lighten(output.get("data", {}))
    return json.dumps(book, ensure_ascii=False)


def _number_title(cells: list[dict], chapter: str) -> None:
    """Put the number of the chapter before its title; appendices have their letter there already."""
    for cell in cells:
        lines = "".join(cell["source"]).split("\n")
        for at, line in enumerate(lines):
            if cell["cell_type"] == "markdown" and line.startswith("# "):
                if chapter.isdigit():
                    lines[at] = f"# {chapter} {line.removeprefix('# ')}"
                cell["source"] = "\n".join(lines)
                return


def _fold(cell: dict) -> None:
    """Fold the code of a cell that is plumbing alone."""
    tags = cell.setdefault("metadata", {}).setdefault("tags", [])
    if not KEPT_TAGS & set(tags) and ("parameters" in tags or is_plumbing("".join(cell["source"]))):
        tags.append(FOLDED if cell.get("outputs") else HIDDEN)


def is_plumbing(code: str) -> bool:
    """Whether a cell only imports, hands numbers to the text or sets the style."""
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return False
    return bool(tree.body) and all(_prepares(node) for node in tree.body)


def _prepares(node: ast.stmt) -> bool:
    if isinstance(node, ast.Import | ast.ImportFrom):
        return True
    if isinstance(node, ast.For):
        return all(_prepares(inner) for inner in node.body)
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and ast.unparse(node.value.func) in PLUMBING


def _without_style(data: dict) -> None:
    """The book has one style sheet for all tables."""
    html = "".join(data.get("text/html", ""))
    if html.startswith(tables.STYLE):
        data["text/html"] = html.removeprefix(tables.STYLE)


def _lighten(data: dict) -> None:
    """A picture in at most 256 colours is a third of its size, and looks the same: figures have few colours."""
    if PNG in data:
        drawn = base64.b64decode("".join(data[PNG]))
        data[PNG] = base64.b64encode(lighter(drawn)).decode("ascii")


def lighter(png: bytes) -> bytes:
    """A picture with at most 256 colours, on white; the same picture gives the same bytes. The smaller one is kept."""
    with Image.open(io.BytesIO(png)) as picture:
        seen = picture.convert("RGBA")
    page = Image.new("RGBA", seen.size, "white")
    page.alpha_composite(seen)
    buffer = io.BytesIO()
    page.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(buffer, "PNG", optimize=True)
    return min(png, buffer.getvalue(), key=len)
