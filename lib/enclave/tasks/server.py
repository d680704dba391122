"""The built book on localhost."""

from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from enclave.errors import EnclaveError


def serve(folder: Path, port: int) -> None:
    """Serve `folder` until interrupted. Raises EnclaveError if there is no book or the port is taken."""
    if not (folder / "index.html").exists():
        raise EnclaveError(f"There is no book in {folder}. Run `make book` first.")
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), partial(SimpleHTTPRequestHandler, directory=str(folder)))
    except OSError as fault:
        raise EnclaveError(
            f"Port {port} cannot be used ({fault.strerror}). Choose another: make serve PORT=8001"
        ) from None
    print(f"The book: http://127.0.0.1:{server.server_port}/ (stop with Ctrl-C)", flush=True)
    with server:
        server.serve_forever()
