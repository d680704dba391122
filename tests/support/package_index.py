"""A package index on this machine, for tests of the set-up: invented packages, and installed ones as wheels."""

import hashlib
import threading
import zipfile
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib import metadata
from pathlib import Path

WHEEL = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def made_up(
    folder: Path, name: str, version: str, requires: tuple[str, ...] = (), extra: dict[str, str] | None = None
) -> Path:
    """A wheel of one module that knows its version; `extra` names extras and what each requires."""
    extras = extra or {}
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Requires-Dist: {one}" for one in requires]
    for key, one in extras.items():
        lines += [f"Provides-Extra: {key}", f'Requires-Dist: {one}; extra == "{key}"']
    head = "\n".join([*lines, ""])
    info = f"{name}-{version}.dist-info"
    files = {f"{name}.py": f"VERSION = {version!r}\n", f"{info}/METADATA": head, f"{info}/WHEEL": WHEEL}
    content = {at: text.encode() for at, text in files.items()}
    return _packed(folder / f"{name}-{version}-py3-none-any.whl", content, info)


def repacked(folder: Path, name: str) -> Path:
    """A wheel of an installed package, put together from the files that it installed."""
    installed = metadata.distribution(name)
    info = next(file.parts[0] for file in installed.files or () if file.parts[0].endswith(".dist-info"))
    left_out = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json")
    files = {}
    for file in installed.files or ():
        if file.parts[0] != ".." and file.suffix != ".pyc" and file.name not in left_out:
            files[file.as_posix()] = Path(file.locate()).read_bytes()
        elif file.parts[0] == ".." and file.stem == name:
            files[f"{info.removesuffix('.dist-info')}.data/scripts/{file.name}"] = Path(file.locate()).read_bytes()
    tags = "py3-none-any"
    files[f"{info}/WHEEL"] = WHEEL.encode()
    return _packed(folder / f"{info.removesuffix('.dist-info')}-{tags}.whl", files, info)


def _packed(path: Path, files: dict[str, bytes], info: str) -> Path:
    record = "".join(f"{at},,\n" for at in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(path, "w") as archive:
        for at, content in {**files, f"{info}/RECORD": record.encode()}.items():
            file = zipfile.ZipInfo(at)
            file.external_attr = (0o100755 if "/scripts/" in at else 0o100644) << 16
            archive.writestr(file, content)
    return path


def entry(wheel: Path) -> str:
    """The entry of a lock for a wheel."""
    name, version = wheel.name.split("-")[:2]
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    return f"{name.replace('_', '-')}=={version} \\\n    --hash=sha256:{digest}\n"


@contextmanager
def served(folder: Path, yanked: frozenset[str] = frozenset()) -> Generator[tuple[str, list[str]]]:
    """Address of an index of the wheels in `folder`, and the list of the paths that were requested."""
    asked: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Pages, folder=folder, yanked=yanked, asked=asked))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/simple/", asked
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def login_page() -> Generator[str]:
    """Address of a server that answers everything with one page, as the network of a hotel does."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Login)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/simple/"
    finally:
        server.shutdown()
        server.server_close()


class _Login(SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        page = b"<!DOCTYPE html><html><body>Please log in.</body></html>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is printed."""


class _Pages(SimpleHTTPRequestHandler):
    def __init__(self, *args, folder: Path, yanked: frozenset[str], asked: list[str], **kwargs) -> None:
        self.yanked, self.asked = yanked, asked
        super().__init__(*args, directory=str(folder), **kwargs)

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if self.path.startswith("/simple/"):
            self._list(self.path.removeprefix("/simple/").strip("/").replace("-", "_"))
        else:
            super().do_GET()

    def _list(self, name: str) -> None:
        files = sorted(Path(self.directory).glob(f"{name}-*.whl"))
        page = "".join(f'<a href="/{file.name}"{self._yanked(file)}>{file.name}</a>\n' for file in files).encode()
        self.send_response(200 if files else 404)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def _yanked(self, file: Path) -> str:
        return ' data-yanked="a fault was found"' if file.name in self.yanked else ""

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is printed."""
