"""The built book on localhost. `python -m http.server` would do, but for two faults on Windows."""

import os
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from enclave.base.errors import EnclaveError, command

TYPES = {".css": "text/css", ".html": "text/html", ".js": "text/javascript", ".svg": "image/svg+xml"}


class Handler(SimpleHTTPRequestHandler):
    """Sets the type of each file itself: the registry of a Windows machine may have a wrong one."""

    extensions_map = SimpleHTTPRequestHandler.extensions_map | TYPES


class Server(ThreadingHTTPServer):
    """Refuses a port that is in use. On Windows `allow_reuse_address` would let two programs share it."""

    allow_reuse_address = os.name != "nt"


def serve(folder: Path, port: int) -> None:
    """Serve `folder` until interrupted. Raises EnclaveError if there is no book or the port is taken."""
    if not (folder / "index.html").exists():
        raise EnclaveError(f"There is no book in {folder}. Run {command('book')} first.")
    try:
        server = Server(("127.0.0.1", port), partial(Handler, directory=str(folder)))
    except OSError as fault:
        raise EnclaveError(
            f"Port {port} cannot be used ({fault.strerror}). Choose another: {command('serve', PORT=port + 1)}"
        ) from None
    print(f"The book: http://127.0.0.1:{server.server_port}/ (stop with Ctrl-C)", flush=True)
    with server:
        server.serve_forever()
