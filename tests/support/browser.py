"""A page in a browser without a window, driven over the protocol that Chromium speaks (Chrome DevTools)."""

import json
import os
import shutil
import subprocess
import time
import urllib.request
from contextlib import contextmanager

import websocket

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
REMEDY = (
    "This test needs Chromium or Chrome. Install it (`apt-get install chromium`, `brew install --cask chromium`), "
    "or name the program in the variable BROWSER_PROGRAM."
)
OPTIONS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
PATIENCE = 600


def program():
    """The browser of this machine. Raises AssertionError with the remedy if there is none."""
    found = os.environ.get("BROWSER_PROGRAM") or next(filter(None, map(shutil.which, NAMES)), None)
    assert found, REMEDY
    return found


class Page:
    """A page, in which JavaScript can be run."""

    def __init__(self, address) -> None:
        self._socket = websocket.create_connection(address, timeout=PATIENCE, suppress_origin=True)
        self._sent = 0

    def send(self, method, **given):
        """Call a method of the protocol; returns its result."""
        self._sent += 1
        self._socket.send(json.dumps({"id": self._sent, "method": method, "params": given}))
        while True:
            answer = json.loads(self._socket.recv())
            if answer.get("id") == self._sent:
                assert "error" not in answer, answer
                return answer["result"]

    def run(self, script):
        """The value of an expression in the page; a promise is waited for."""
        answer = self.send("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait_for(self, script, seconds=PATIENCE):
        """Run an expression until it is true; returns its value."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if value := self.run(f"(() => {{ try {{ return {script} }} catch (fault) {{ return null }} }})()"):
                return value
            time.sleep(0.5)
        raise AssertionError(f"not true within {seconds} seconds: {script}")

    def picture(self):
        """The page as it is seen, PNG in base 64."""
        return self.send("Page.captureScreenshot", format="png")["data"]

    def close(self):
        self._socket.close()


@contextmanager
def opened(address, folder, width=1280, height=1000):
    """A page of the browser on an address; `folder` holds the browser's own files."""
    command = [program(), *OPTIONS, "--remote-debugging-port=0", f"--user-data-dir={folder}"]
    process = subprocess.Popen(
        [*command, f"--window-size={width},{height}", "about:blank"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        page = Page(_of_page(folder, process))
        page.send("Emulation.setFocusEmulationEnabled", enabled=True)
        page.send("Page.navigate", url=address)
        yield page
        page.close()
    finally:
        process.terminate()
        process.wait(timeout=60)


def _of_page(folder, process):
    """The address of the first page of a browser that is starting."""
    end = time.monotonic() + PATIENCE
    told = folder / "DevToolsActivePort"
    while time.monotonic() < end and process.poll() is None:
        if told.exists() and (lines := told.read_text(encoding="utf-8").split()):
            with urllib.request.urlopen(f"http://127.0.0.1:{lines[0]}/json/list") as answer:
                pages = [one for one in json.load(answer) if one["type"] == "page"]
            if pages:
                return pages[0]["webSocketDebuggerUrl"]
        time.sleep(0.2)
    raise AssertionError(f"the browser did not start (exit code {process.poll()})")
