"""Chromium on this machine, steered over its own protocol (Chrome DevTools Protocol) by a websocket.

No driver is needed: any Chromium, Chrome or Edge does. Nothing is fetched, and no host but this machine is reached.
"""

import base64
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import websocket

from enclave.base.errors import EnclaveError
from enclave_book.browser import pdf_text

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
ELSEWHERE = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
)
VARIABLE = "ENCLAVE_CHROMIUM"
QUIET = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--remote-allow-origins=*",
    "--remote-debugging-port=0",
]
REMEDY = (
    "No browser was found. Install Chromium (Debian and Ubuntu: apt install chromium; macOS: brew install --cask "
    f"chromium) or Chrome, or name one: {VARIABLE}=/path/to/chromium"
)
LOST = "The browser ended or fell silent ({fault}). Free some memory, if it is short, and run the command again."
SECONDS = 60
# a frame was drawn, and formulas that a script draws (in the book by plain MathJax) stand
SETTLED = """Promise.resolve(window.MathJax && MathJax.startup && MathJax.startup.promise)
  .then(() => document.fonts.ready).then(() => new Promise(done => requestAnimationFrame(() => setTimeout(done, 60))))
  .then(() => 0)"""


class LostBrowserError(EnclaveError):
    """The browser ended while it was asked, for example because memory was short."""


def find() -> str | None:
    """The program of a browser: the one that `ENCLAVE_CHROMIUM` names, or the first that is installed; or None."""
    named = os.environ.get(VARIABLE)
    if named:
        return named
    found = next(filter(None, map(shutil.which, NAMES)), None)
    return found or next((place for place in ELSEWHERE if Path(place).exists()), None)


@contextmanager
def _not_lost() -> Generator[None]:
    try:
        yield
    except (websocket.WebSocketException, OSError) as fault:
        raise LostBrowserError(LOST.format(fault=fault)) from fault


@dataclass
class Tab:
    """A page in the browser."""

    socket: websocket.WebSocket
    patience: float = SECONDS
    asked: int = 0
    events: list[dict] = field(default_factory=list)

    def call(self, method: str, **values: object) -> dict:
        """Send one command and wait for its answer; events that come first are kept in `events`.

        Raises EnclaveError if the browser refuses the command.
        """
        self.asked += 1
        with _not_lost():
            self.socket.send(json.dumps({"id": self.asked, "method": method, "params": values}))
        while True:
            message = self._heard()
            if message.get("id") == self.asked:
                if "error" in message:
                    raise EnclaveError(f"The browser refused {method}: {message['error'].get('message')}")
                return message.get("result", {})
            if "method" in message:
                self.events.append(message)

    def _heard(self) -> dict:
        with _not_lost():
            return json.loads(self.socket.recv())

    def open(self, address: str) -> None:
        """Load a page and wait until all that it loads is there. Raises EnclaveError when patience ends."""
        self.events.clear()
        self.call("Page.navigate", url=address)
        until = time.monotonic() + self.patience
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            if time.monotonic() > until:
                raise EnclaveError(f"{address} did not load within {self.patience} seconds.")
            self.events.append(self._heard())
        self.run(SETTLED)

    def run(self, script: str) -> object:
        """The value of a script, awaited if it is a promise. Raises EnclaveError with the error of the script."""
        answer = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            fault = answer["exceptionDetails"]
            raise EnclaveError(f"A script failed: {fault.get('exception', {}).get('description', fault['text'])}")
        return answer["result"].get("value")

    def screen(self, width: int, height: int = 900, *, dark: bool = False) -> None:
        """Size of the window in pixels, and the colours that the reader's system asks for."""
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])

    def picture(self, file: Path, *, whole: bool = False) -> None:
        """Write what the window shows (or the `whole` page) as PNG."""
        made = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        file.write_bytes(base64.b64decode(made["data"]))

    def paper(self, **values: object) -> bytes:
        """The page as PDF; `values` are those of `Page.printToPDF`."""
        made = self.call("Page.printToPDF", transferMode="ReturnAsStream", **values)
        parts = []
        while True:
            part = self.call("IO.read", handle=made["stream"], size=1 << 20)
            parts.append(base64.b64decode(part["data"]) if part.get("base64Encoded") else part["data"].encode())
            if part["eof"]:
                self.call("IO.close", handle=made["stream"])
                return pdf_text.with_characters(b"".join(parts))


@contextmanager
def tab(patience: float = SECONDS) -> Generator[Tab]:
    """One page in a browser of its own, which ends with the block. Raises EnclaveError if no browser is installed.

    `patience` is how long to wait for the browser and for each answer of the page, in seconds.
    """
    program = find()
    if program is None:
        raise EnclaveError(REMEDY)
    with tempfile.TemporaryDirectory(prefix="browser", ignore_cleanup_errors=True) as profile:
        command = [program, *QUIET, f"--user-data-dir={profile}", "about:blank"]
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            yield from _tabs(process, Path(profile, "DevToolsActivePort"), patience)
        finally:
            process.terminate()
            process.wait(timeout=SECONDS)


def _tabs(process: subprocess.Popen, port_file: Path, patience: float) -> Iterator[Tab]:
    port, path = _port(process, port_file, patience)
    browser = Tab(_socket(f"ws://127.0.0.1:{port}{path}", patience))
    target = browser.call("Target.createTarget", url="about:blank")["targetId"]
    page = Tab(_socket(f"ws://127.0.0.1:{port}/devtools/page/{target}", patience), patience)
    for part in ("Page", "Runtime", "Network"):
        page.call(f"{part}.enable")
    page.call("Network.setCacheDisabled", cacheDisabled=True)
    try:
        yield page
        browser.socket.send(json.dumps({"id": 0, "method": "Browser.close"}))
    finally:
        page.socket.close()
        browser.socket.close()


def _socket(address: str, patience: float) -> websocket.WebSocket:
    return websocket.create_connection(address, timeout=patience, suppress_origin=True)


def _port(process: subprocess.Popen, file: Path, patience: float) -> tuple[str, str]:
    """Port and path that the browser has written. Raises EnclaveError if it ends before, or when patience ends."""
    until = time.monotonic() + patience
    while time.monotonic() < until and process.poll() is None:
        lines = file.read_text(encoding="utf-8").split() if file.exists() else []
        if len(lines) == 2:
            return lines[0], lines[1]
        time.sleep(0.05)
    raise EnclaveError(f"The browser did not start. Try it by hand: {find()} --headless=new about:blank")
