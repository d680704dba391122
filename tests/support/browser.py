"""A page in the browser of `enclave_book.browser.chromium`, with the patience that a program in a page needs."""

import time
from contextlib import contextmanager

from enclave_book.browser import chromium

PATIENCE = 600


class Page:
    """A page, in which JavaScript can be run."""

    def __init__(self, tab) -> None:
        self.tab = tab

    def run(self, script):
        """The value of an expression in the page; a promise is waited for."""
        return self.tab.run(script)

    def wait_for(self, script, seconds=PATIENCE):
        """Run an expression until it is true; returns its value."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if value := self.run(f"(() => {{ try {{ return {script} }} catch (fault) {{ return null }} }})()"):
                return value
            time.sleep(0.5)
        raise AssertionError(f"not true within {seconds} seconds: {script}")


@contextmanager
def opened(address, width=1280, height=1000):
    """A page of the browser on an address. Raises EnclaveError with the remedy if there is no browser."""
    with chromium.tab(PATIENCE) as tab:
        tab.screen(width, height)
        tab.call("Emulation.setFocusEmulationEnabled", enabled=True)
        tab.open(address)
        yield Page(tab)
