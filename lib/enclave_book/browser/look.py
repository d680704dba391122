"""The book in a real browser, page by page: what is cut, what axe-core finds, what is loaded, and from where."""

import functools
import http.server
import json
import threading
from collections.abc import Generator, Iterable
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pandas as pd

from enclave.base import files, paths
from enclave.base.errors import EnclaveError, command
from enclave_book.browser import chromium
from enclave_book.render import rendering

VIEWS = [(width, dark) for width in (390, 768, 1440) for dark in (False, True)]
AXE_RUN = """axe.run(document, {resultTypes: ["violations", "incomplete"], rules: RULES}).then(found => ({
  violations: found.violations.map(rule => ({rule: rule.id, impact: rule.impact, nodes: rule.nodes.map(node =>
    node.target.join(" ") + " :: " + node.html.slice(0, 160))})),
  incomplete: found.incomplete.map(rule => ({rule: rule.id, nodes: rule.nodes.length}))}))"""
# a rule that axe-core keeps off by default, and that readers with speech input need
RULES = {"label-content-name-mismatch": {"enabled": True}}
LOOPBACK = "127.0.0.1"


class _Quiet(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def copyfile(self, source: Any, outputfile: Any) -> None:
        """Send a file. That a page is left before all of it has come is no fault."""
        with suppress(ConnectionError):
            super().copyfile(source, outputfile)


@contextmanager
def served(folder: Path) -> Generator[str]:
    """Serve a folder on this machine while the block runs; gives its address."""
    handler = functools.partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer((LOOPBACK, 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://{LOOPBACK}:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def pages(source: str) -> list[str]:
    """Names of the pages, without ending, in the order of the book. Raises EnclaveError if the book is not built."""
    if not (paths.html(source) / "index.html").exists():
        raise EnclaveError(f"The book is not built. Run {command('book')} first.")
    return [*rendering.documents(), "search"]


def counts(tab: chromium.Tab) -> dict[str, int | str]:
    """What the open page has and what of it is cut (`counts.js`); `cut` has the titles of tables that are cut."""
    found = tab.run(paths.COUNTS.read_text(encoding="utf-8"))
    return found if isinstance(found, dict) else {}


def axe(tab: chromium.Tab) -> dict[str, list[dict]]:
    """Violations of the open page (rule, impact, nodes), and rules that axe-core could not decide on."""
    tab.run(paths.AXE.read_text(encoding="utf-8") + "\n;0")
    found = tab.run(AXE_RUN.replace("RULES", json.dumps(RULES)))
    return found if isinstance(found, dict) else {}


def loads(tab: chromium.Tab) -> dict[str, int]:
    """Requests of the open page, those that leave this machine, those that failed, and bytes without compression."""
    told = tab.events
    asked = [event["params"]["request"]["url"] for event in told if event["method"] == "Network.requestWillBeSent"]
    foreign = [url for url in asked if urlsplit(url).scheme in {"http", "https", "ws", "wss"} and not _here(url)]
    sizes = [event["params"]["dataLength"] for event in told if event["method"] == "Network.dataReceived"]
    answers = [event["params"]["response"] for event in told if event["method"] == "Network.responseReceived"]
    failed = [answer["url"] for answer in answers if answer["status"] >= 400]
    return {"requests": len(asked), "foreign": len(foreign), "failed": len(failed), "bytes": sum(sizes)}


def _here(url: str) -> bool:
    return urlsplit(url).hostname == LOOPBACK


def measure(
    folder: Path, names: Iterable[str], views: Iterable[tuple[int, bool]] = VIEWS, *, with_axe: bool = True
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Look at pages of the book in a folder, in several views: width in pixels, and whether it is dark.

    Returns one row per page and view with all counts, and one row per page, view and broken rule with its first node.
    Raises EnclaveError if no browser is installed.
    """
    views, rows, faults = list(views), [], []
    with served(folder) as address:
        for name in names:
            for row, found in _views(address, name, views, with_axe):
                rows.append(row)
                faults += found
    return pd.DataFrame(rows), pd.DataFrame(faults, columns=["page", "width", "scheme", "rule", "nodes", "first"])


def _views(address: str, name: str, views: list[tuple[int, bool]], with_axe: bool) -> list[tuple[dict, list]]:
    """A page in all views, in a browser of its own: one that ends does not end the count, and is begun again once."""
    try:
        return _in_browser(address, name, views, with_axe)
    except chromium.LostBrowserError:
        return _in_browser(address, name, views, with_axe)


def _in_browser(address: str, name: str, views: list[tuple[int, bool]], with_axe: bool) -> list[tuple[dict, list]]:
    with chromium.tab() as tab:
        return [_look(tab, f"{address}/{name}.html", name, width, dark, with_axe) for width, dark in views]


def _look(tab: chromium.Tab, address: str, name: str, width: int, dark: bool, with_axe: bool) -> tuple[dict, list]:
    place = {"page": name, "width": width, "scheme": "dark" if dark else "light"}
    tab.screen(width, dark=dark)
    tab.open(address)
    row = {**place, **loads(tab), **counts(tab)}
    found = axe(tab) if with_axe else {"violations": [], "incomplete": []}
    faults = [
        {**place, "rule": fault["rule"], "nodes": len(fault["nodes"]), "first": fault["nodes"][0]}
        for fault in found["violations"]
    ]
    unsure = {fault["rule"]: fault["nodes"] for fault in found["incomplete"]}
    row |= {"axe": sum(fault["nodes"] for fault in faults), "unsure_contrast": unsure.get("color-contrast", 0)}
    return row, faults


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """Sums over the pages for each width and scheme; of bytes the largest page."""
    added = [column for column in rows.select_dtypes("number") if column not in {"width", "bytes"}]
    groups = rows.groupby(["width", "scheme"])
    return groups[added].sum().assign(largest_page_kb=(groups["bytes"].max() / 1000).round()).reset_index()


def run(source: str, *, with_axe: bool = True) -> Path:
    """Measure the whole book, print the sums, and write all rows to `_build/look`; returns that folder."""
    rows, faults = measure(paths.html(source), pages(source), with_axe=with_axe)
    folder = paths.looks(source)
    files.write_csv(rows, folder / "pages.csv")
    files.write_csv(faults, folder / "axe.csv")
    print(summary(rows).set_index(["width", "scheme"]).T.to_string())
    for row in rows[(rows["cut"] != "") & (rows["scheme"] == "light")].itertuples():
        print(f"cut at {row.width} px: {row.page}: {row.cut}")
    if len(faults):
        print(faults.groupby("rule").agg(nodes=("nodes", "sum"), pages=("page", "nunique")).to_string())
    return folder
