"""A chapter in JupyterLab, opened, run and read by a browser."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time

import browser
import pytest
import recovery

from enclave.base import paths
from enclave_book.notebooks import contents, copies

CHAPTER = "08_social_network"
START = "from enclave_book.notebooks import lab; from pathlib import Path; lab.start(Path({folder!r}), {options!r})"
OPTIONS = ["--no-browser", "--IdentityProvider.token=", "--LabApp.expose_app_in_browser=True", "--port-retries=0"]
NOTEBOOK = "[...window.jupyterapp.shell.widgets('main')].find(one => one.context && one.context.path)"
# a cell that is not in sight is not drawn, unless the list of cells is told to draw them all
DRAW_ALL = (
    f"{NOTEBOOK}.content.notebookConfig = {{...{NOTEBOOK}.content.notebookConfig, windowingMode: 'none'}}, "
    f"{NOTEBOOK}.content.update(), true"
)
READY = f"{NOTEBOOK}.content.widgets.length > 5 && {NOTEBOOK}.sessionContext.session.kernel.status == 'idle'"
START_PAGE = (
    "[...window.jupyterapp.shell.widgets('main')].find(one => one.context && one.context.path == 'work/start.ipynb'"
    " && one.node.innerText.includes('How to begin'))"
)
ACTIVATE = f"window.jupyterapp.shell.activateById({NOTEBOOK}.id), true"
RUN_ALL = "window.jupyterapp.commands.execute('notebook:run-all-cells').then(() => true)"
FOLDED = (
    f"{NOTEBOOK}.content.widgets.filter(cell => cell.model.sharedModel.source == '#### Solution')"
    ".every(cell => cell.node.getClientRects().length && cell.node.innerText.includes('hidden'))"
)
ANSWER = """(async () => {{
    const notebook = {notebook}.content;
    notebook.activeCellIndex = notebook.widgets.findIndex(cell => cell.model.id == 'work-8-1');
    notebook.activeCell.model.sharedModel.setSource(`{code}`);
    await window.jupyterapp.commands.execute('notebook:run-cell');
    return notebook.activeCell.outputArea.node.innerText;
}})()"""
TYPED = [
    'check("8.1", 420, source)',
    'check("8.1", 210, source)',
    "panels.read('netwrok', source)",
    "del network_panel_not_there",
]
CELLS = f"""{NOTEBOOK}.content.widgets.map(cell => ({{
    id: cell.model.id, kind: cell.model.type, source: cell.model.sharedModel.source,
    input_hidden: cell.inputHidden, output_hidden: !!cell.outputHidden,
    seen: cell.node.getClientRects().length ? cell.node.innerText : '',
    folded: [...cell.node.querySelectorAll('details')].map(one => !one.open),
    equations: cell.node.querySelectorAll('mjx-container').length,
    links: [...cell.node.querySelectorAll('.jp-RenderedMarkdown a[href]')].map(one => one.textContent),
    fault: !!cell.node.querySelector('[data-mime-type="application/vnd.jupyter.error"]'),
}}))"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder like that of the project, and small registers of which the panels are built."""
    made = tmp_path_factory.mktemp("lab")
    with pytest.MonkeyPatch.context() as patch:
        recovery.build("twin", made / "build", patch, firms=20_000)
    shutil.copytree(paths.NOTEBOOKS, made / "top" / "notebooks", ignore=shutil.ignore_patterns(".*"))
    (made / "top" / "lib").mkdir()
    return made


@pytest.fixture(scope="module")
def server(folder):
    """The address of JupyterLab on the folder."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    options = (*OPTIONS, f"--port={port}")
    mine = {"ENCLAVE_BUILD": str(folder / "build"), "HOME": str(folder), "USERPROFILE": str(folder)}
    command = [sys.executable, "-c", START.format(folder=str(folder / "top"), options=options)]
    with subprocess.Popen(
        command, env={**os.environ, **mine}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        yield f"http://127.0.0.1:{port}"
        process.terminate()


@pytest.fixture(scope="module")
def ran(server, folder):
    """The cells of a chapter as they are seen when it is opened, and after all were run."""
    _listening(server)
    with browser.opened(f"{server}/lab/tree/notebooks/{CHAPTER}.ipynb") as page:
        page.wait_for(READY)
        page.wait_for(DRAW_ALL)
        page.wait_for(ACTIVATE)
        # cells are drawn one after the other, and headings are folded when they are drawn
        page.wait_for(FOLDED)
        first = page.run(CELLS)
        page.run(RUN_ALL)
        page.wait_for(f"{NOTEBOOK}.sessionContext.session.kernel.status == 'idle'")
        after = page.run(CELLS)
        said = [page.run(ANSWER.format(notebook=NOTEBOOK, code=code)) for code in TYPED]
        return first, after, said


def _listening(server):
    host, port = server.removeprefix("http://").split(":")
    for _ in range(browser.PATIENCE):
        with socket.socket() as one:
            if one.connect_ex((host, int(port))) == 0:
                return
        time.sleep(1)
    raise AssertionError(f"JupyterLab did not start at {server}")


@pytest.mark.slow
def test_after_all_cells_are_run_each_number_stands_in_its_sentence(ran):
    _, after, _ = ran
    says = [cell for cell in after if contents.said(cell["source"])]
    assert len(says) > 1
    for cell in says:
        names = re.findall(r"\{\w*(?::[^{}]*)?\}", contents.said(cell["source"]))
        assert names, cell["id"]
        assert cell["input_hidden"], cell["id"]
        assert not any(name in cell["seen"] for name in names), cell["seen"]
        assert len(re.findall(r"\d", cell["seen"])) >= len(names), cell["seen"]
    assert [cell["id"] for cell in after if cell["fault"]] == []


@pytest.mark.slow
def test_citations_links_and_equations_are_read_as_text(ran):
    _, after, _ = ran
    prose = [cell for cell in after if cell["kind"] == "markdown"]
    raw = [(cell["id"], found) for cell in prose for found in re.findall(r"\{[a-z:]+\}`|^```\{|\]\(", cell["seen"])]
    assert raw == []
    links = [text for cell in prose for text in cell["links"]]
    assert any(re.search(r"\(\d{4}\)$|\d{4}\]?$", text) for text in links), links
    assert sum(cell["equations"] for cell in prose) > 0


@pytest.mark.slow
def test_solutions_are_closed_when_the_chapter_is_opened_and_after_it_was_run(ran):
    book = json.loads((paths.NOTEBOOKS / f"{CHAPTER}.ipynb").read_text(encoding="utf-8"))
    hidden = {cell["id"] for cell in book["cells"] if copies.SOLUTION in cell["metadata"].get("tags", [])}
    assert len(hidden) >= 8
    for cells in ran[:2]:
        found = [cell for cell in cells if cell["id"] in hidden]
        assert len(found) == len(hidden)
        for cell in found:
            heading = cell["source"] == "#### Solution"
            assert (cell["seen"] != "") == heading, cell["seen"]
            assert not heading or re.fullmatch(r"Solution(?:\W*\d cells? hidden)?\W*", cell["seen"]), cell["seen"]


@pytest.mark.slow
def test_a_wrong_answer_gets_a_hint_and_the_right_one_is_right(ran):
    wrong, right = ran[2][:2]
    assert "Not right." in wrong
    assert "That is the number of possible arrows." in wrong
    assert "Right." in right


@pytest.mark.slow
def test_an_error_of_a_cell_is_one_line(ran):
    misspelt, undefined = ran[2][2:]
    assert misspelt.startswith("EnclaveError: There is no panel 'netwrok'. Did you mean 'network'?")
    assert undefined.startswith("NameError: There is no 'network_panel_not_there' yet.")
    assert [len(text.strip().splitlines()) for text in (misspelt, undefined)] == [1, 1]


@pytest.mark.slow
def test_the_list_of_files_shows_notebooks_and_work_and_the_start_page_is_open(server):
    _listening(server)
    with browser.opened(f"{server}/") as page:
        page.wait_for("!!document.querySelector('.jp-DirListing-content .jp-DirListing-item')")
        shown = page.wait_for(
            "[...document.querySelectorAll('.jp-DirListing-item .jp-DirListing-itemText')].map(one => one.innerText)"
        )
        page.wait_for(f"!!{START_PAGE}")
        text = page.run(f"{START_PAGE}.node.innerText")
        asked = page.run("[...document.querySelectorAll('.Toastify__toast')].map(one => one.innerText)")
    # JupyterLab would ask whether to fetch news
    assert asked == []
    assert "lib" not in shown
    assert [title for title in map(contents.title, contents.every()) if title.replace("`", "") not in text] == []
