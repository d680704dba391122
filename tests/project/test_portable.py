"""The package runs on Linux, macOS and Windows alike: what one of them lacks or does otherwise is never needed."""

import ast
import io
import json
import os
import re
import subprocess
import sys
import urllib.request
from http.server import SimpleHTTPRequestHandler
from pathlib import Path, PurePosixPath, PureWindowsPath
from threading import Thread

import elsewhere
import pandas as pd
import psutil
import pytest
import samples
import sources
import toys
from matplotlib import font_manager

from enclave.base import errors, files, paths, usage
from enclave.base.errors import EnclaveError
from enclave.base.sources import name_checked
from enclave.style import figures
from enclave_book import cli
from enclave_book.build import nodes, progress, runner
from enclave_book.commands import server
from enclave_registers.engines import spark
from enclave_registers.intake.delivery import delivery_map, find_files
from enclave_registers.schema import TABLES

# functions of the module os that Windows lacks, or that do there something else
NOT_EVERYWHERE = elsewhere.FUNCTIONS | {"rename", "renames", "chmod", "umask", "symlink", "link"}
# these run in the process of submissions, which a system without `fork` refuses to start (test_sandbox.py)
BEHIND_FORK = {paths.LIB / "enclave_course" / name for name in ("inside.py", "closed.py")}
PROSE = [paths.COVER, *sorted(paths.BOOK.glob("*.md")), *sorted(paths.DATA.rglob("README.md"))]
IMPORT_ALL = """
import importlib
for name in {names}:
    importlib.import_module(name)
"""
PLAN = """
from enclave.base import files, paths
from enclave.base.errors import EnclaveError
from enclave_book import cli
from enclave_book.build import runner, steps
assert len(steps.collect("twin")) > 25
files.write_text("first", paths.BUILD / "text.txt")
files.write_text("second", paths.BUILD / "text.txt")
with runner.only_build():
    try:
        with runner.only_build():
            raise SystemExit("two builds at once")
    except EnclaveError as fault:
        assert "Another build runs" in str(fault), fault
with runner.only_build():
    pass
for again in range(2):
    with files.new_folder(paths.BUILD / "folder") as fresh:
        files.write_text(str(again), fresh / "file")
assert (paths.BUILD / "folder" / "file").read_text(encoding="utf-8") == "1"
assert cli.main(["check", "--source", "hand"]) == 1
try:
    cli.main(["--help"])
except SystemExit as ended:
    assert ended.code == 0
"""
CLEAN = """
from pathlib import Path
from enclave_registers.cleaning import pipeline
from enclave_registers.intake import validate
from enclave_twin import write
for seed in (1, 2):
    write.registers("mine", firms=1600, seed=seed, format="xlsx", counts=Path({counts!r}))
    validate.store("mine")
    pipeline.build("mine")
"""
HOLD = """
import mmap
from pathlib import Path
from enclave.base import files
from enclave.base.errors import EnclaveError
files.PATIENCE, place = 0, Path({folder!r}, "a.txt")
def attempt(text):
    try:
        files.write_text(text, place)
    except EnclaveError as fault:
        print(fault)
files.write_text("1", place)
with place.open() as held:
    attempt("2")
    area = mmap.mmap(held.fileno(), 0, access=mmap.ACCESS_READ)
attempt("2")
area.close()
attempt("3")
"""
SPEAK = """
from enclave_book import cli
def serve(given):
    "Speak."
    print('深圳 → ô')
cli.COMMANDS = {serve: []}
raise SystemExit(cli.main(['serve']))
"""
CLAIM = """
import sys
from enclave_book.build import runner
with runner.only_build():
    print("claimed", flush=True)
    sys.stdin.read()
"""


def there(code, folder, **settings):
    """Run code in a process in which the package finds itself on another system."""
    environment = {**os.environ, "ENCLAVE_BUILD": str(folder), "PYTHONPATH": str(paths.TESTS / "support"), **settings}
    command = [sys.executable, "-W", "ignore", "-c", f"import elsewhere\nelsewhere.begin()\n{code}"]
    return subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", check=False)


def names_of_modules():
    stems = [".".join(file.relative_to(paths.LIB).with_suffix("").parts) for file in sources.modules()]
    return [stem.removesuffix(".__init__") for stem in stems if not stem.endswith("__main__")]


# what one system lacks


def test_each_module_is_imported_without_what_windows_lacks(tmp_path):
    names = names_of_modules()
    assert len(names) > 100
    ran = there(IMPORT_ALL.format(names=names), tmp_path)
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("use", ["import fcntl", "import os; os.getuid()", "from resource import getrusage"])
def test_what_is_hidden_from_the_package_would_be_missed(use, tmp_path):
    code = f"exec({use!r}, {{'__name__': 'enclave.tried'}})"
    ran = there(code, tmp_path)
    assert ran.returncode == 1
    assert re.search("No module named|has no attribute", ran.stderr)


def test_a_build_is_planned_and_claimed_files_are_written_and_tables_checked_there(tmp_path):
    for table in TABLES:
        samples.write(table, tmp_path / "registers" / "hand")
    ran = there(PLAN, tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert 'land, column "signed_on": no record is dated 2011' in ran.stderr
    assert re.search(r"\n +twin-fit +Fit a twin", ran.stdout)


@pytest.mark.slow
def test_registers_become_panels_twice_where_nothing_open_can_be_moved_or_replaced(tmp_path, small_counts):
    ran = there(CLEAN.format(counts=str(small_counts)), tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "panels" / "mine" / "manufacturing.parquet").exists()


def test_a_file_that_is_open_or_mapped_into_memory_is_refused_there(tmp_path):
    ran = there(HOLD.format(folder=str(tmp_path)), tmp_path)
    assert ran.returncode == 0, ran.stderr
    refused = f"{tmp_path / 'a.txt'}: the system denies access"
    assert [line.startswith(refused) for line in ran.stdout.splitlines()] == [True, True]
    assert (tmp_path / "a.txt").read_text(encoding="utf-8") == "3"


def test_no_module_needs_what_one_system_alone_has():
    found = []
    for file in set(sources.modules()) - BEHIND_FORK:
        lines = file.read_text(encoding="utf-8").splitlines()
        for node in ast.walk(sources.tree(file)):
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "os" and node.attr in NOT_EVERYWHERE:
                asked = f'hasattr(os, "{node.attr}")' in lines[node.lineno - 1]
                found += [] if asked else [f"{sources.place(file, node.lineno)}: os.{node.attr}"]
    assert found == []


def test_modules_of_one_system_are_imported_inside_a_function_that_can_do_without():
    found = [
        sources.place(file, node.lineno)
        for file in sources.modules()
        for node in sources.tree(file).body
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in [getattr(node, "module", None) or node.names[0].name]
        if name.split(".")[0] in elsewhere.MODULES
    ]
    assert found == []


def test_a_process_is_known_to_live_or_not_without_being_sent_anything():
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert files.is_running(os.getpid())
    assert not files.is_running(ended.pid)


def test_memory_is_told_where_the_module_resource_is_missing(monkeypatch):
    told = usage.own()
    assert told["peak"] > 10 * 2**20
    assert 0 < told["cpu"] < 24 * 3600
    monkeypatch.setitem(sys.modules, "resource", None)
    as_there = type("Memory", (), {"peak_wset": 123})
    monkeypatch.setattr(psutil.Process, "memory_info", lambda process: as_there)
    assert usage.own()["peak"] == 123


def test_memory_of_a_process_that_has_ended_is_none():
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert usage.peak_of(ended.pid) == 0


def test_memory_and_seconds_of_a_process_that_was_started_are_told_while_it_lives(monkeypatch):
    code = "import sys; held = b'1' * 50_000_000; print('ready', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout.readline().strip() == b"ready"
        monkeypatch.setattr(spark, "process", lambda: other)
        peak, seconds = spark.peak(), spark.cpu()
        other.kill()
    assert peak > 50_000_000 or sys.platform == "darwin"
    assert 0 < seconds < 60


# one build at a time


def test_a_claim_ends_with_its_process_and_the_file_that_stays_blocks_nobody(build_folder):
    environment = {**os.environ, "ENCLAVE_BUILD": str(build_folder)}
    command = [sys.executable, "-c", CLAIM]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "encoding": "utf-8"}
    with subprocess.Popen(command, env=environment, **pipes) as other:
        assert other.stdout.readline() == "claimed\n"
        with pytest.raises(EnclaveError, match="Another build runs"), runner.only_build():
            pass
        other.kill()
    assert (paths.TASK_RECORD / "lock").exists()
    with runner.only_build():
        pass


def test_a_claim_left_by_whoever_wrote_anything_into_its_file_blocks_nobody(build_folder):
    paths.TASK_RECORD.mkdir(parents=True)
    (paths.TASK_RECORD / "lock").write_text("4711\nanother machine\n", encoding="utf-8")
    with runner.only_build():
        pass


# files that are held


@pytest.fixture
def held(monkeypatch):
    """A function by which so many next moves are denied."""
    left, replace = [0], Path.replace

    def denied(place, target):
        left[0] -= 1
        if left[0] >= 0:
            raise PermissionError(13, elsewhere.HELD, str(target))
        return replace(place, target)

    monkeypatch.setattr(files, "PATIENCE", 0.3)
    monkeypatch.setattr(files, "EACH", 0.01)
    monkeypatch.setattr(Path, "replace", denied)
    return lambda times: left.__setitem__(0, times)


def test_a_file_that_is_held_for_a_moment_is_waited_for(tmp_path, held):
    held(3)
    files.write_text("new", tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text(encoding="utf-8") == "new"


def test_a_file_that_stays_open_elsewhere_is_told_in_one_line_and_stays(tmp_path, held):
    files.write_text("old", tmp_path / "a.csv")
    held(10**6)
    with pytest.raises(EnclaveError, match=r"^[^\n]*a\.csv: the system denies access[^\n]*Close it if another program"):
        files.write_text("new", tmp_path / "a.csv")
    assert {file.name: file.read_text(encoding="utf-8") for file in tmp_path.iterdir()} == {"a.csv": "old"}


def test_a_folder_that_cannot_be_moved_leaves_the_former_one(tmp_path, held):
    for name in ("fresh", "folder"):
        files.write_text(name, tmp_path / name / "file")
    held(10**6)
    with pytest.raises(EnclaveError, match="the system denies access"):
        files.swap_folder(tmp_path / "fresh", tmp_path / "folder")
    assert (tmp_path / "folder" / "file").read_text(encoding="utf-8") == "folder"


def test_a_folder_that_may_not_be_written_to_is_told_in_one_line(monkeypatch, capsys):
    def serve(given):
        """Deny it."""
        raise PermissionError(13, "Permission denied", "a folder")

    monkeypatch.setattr(cli, "COMMANDS", {serve: []})
    assert cli.main(["serve"]) == 1
    assert re.fullmatch(r"a folder: the system denies access [^\n]*\n", capsys.readouterr().err)


# names, order and text


STRANGE = ["a:b", "a/b", "a\\b", "con", "nul.old", "x.", ".x", " x", "a?", "", "Twin", "LICENSED"]


@pytest.mark.parametrize("name", STRANGE)
def test_a_source_is_called_as_a_folder_can_be_on_every_system(name, capsys):
    assert cli.main(["check", "--source", name]) == 1
    assert f"No source can be called {name!r}." in capsys.readouterr().err


@pytest.mark.parametrize("name", ["twin-2", "firms-1000000", "my_registers", "v1.2", "演示", "console"])
def test_other_names_of_sources_are_free(name):
    assert name_checked(name) == name


@pytest.mark.parametrize(
    "text", ["C:/delivery/a.csv", "/delivery/a.csv", "\\\\host\\share\\a.csv", "..\\a.csv", "C:a.csv"]
)
def test_a_pattern_that_leads_out_of_its_folder_is_seen_on_windows(text):
    assert find_files.leads_out(PureWindowsPath(text))


def test_a_pattern_that_stays_in_its_folder_may_stay():
    assert not find_files.leads_out(PureWindowsPath("parts/2019*.csv"))
    assert find_files.leads_out(PurePosixPath("/delivery/a.csv"))


def test_parts_are_read_in_one_order_whatever_a_system_holds_of_capitals(tmp_path, monkeypatch):
    for number, name in enumerate(["B.csv", "a.csv", "C.csv"]):
        (tmp_path / "firms").mkdir(exist_ok=True)
        (tmp_path / "firms" / name).write_text("firm_id\n" * (number + 1), encoding="utf-8")
    paths.delivery_map(tmp_path).write_text("land: {files: ['firms/*.csv']}", encoding="utf-8")
    monkeypatch.setattr(type(Path()), "__lt__", lambda one, other: str(one).lower() < str(other).lower())
    right = ["firms/B.csv", "firms/C.csv", "firms/a.csv"]
    for table in ("firms", "land"):
        assert [
            file.name for file in find_files.find(table, tmp_path, delivery_map.read(tmp_path).of_table(table))
        ] == right


def test_the_state_of_a_folder_is_the_same_in_any_order_of_its_files(tmp_path, monkeypatch):
    for name in ("B.csv", "a.csv"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    state = nodes.Folder(path=tmp_path).measure()
    monkeypatch.setattr(type(Path()), "__lt__", lambda one, other: str(one).lower() < str(other).lower())
    assert nodes.Folder(path=tmp_path).measure() == state


def test_text_is_written_with_line_feeds_on_every_system(tmp_path, monkeypatch):
    asked = []
    write = Path.write_text

    def noting(place, text, **options):
        asked.append(options)
        return write(place, text, **options)

    monkeypatch.setattr(Path, "write_text", noting)
    files.write_text("a\nb\n", tmp_path / "a.txt")
    files.write_csv(pd.DataFrame({"a": [1]}), tmp_path / "a.csv")
    assert asked == [{"encoding": "utf-8", "newline": "\n"}]
    assert (tmp_path / "a.csv").read_bytes() == b"a\n1\n"


def test_text_is_written_by_one_module_and_processes_are_read_in_a_named_encoding():
    found = []
    for file in sources.modules():
        for call in (node for node in ast.walk(sources.tree(file)) if isinstance(node, ast.Call)):
            named, given = ast.unparse(call.func), {keyword.arg for keyword in call.keywords}
            writes = named.endswith(".write_text") and named != "files.write_text" and "newline" not in given
            reads = (
                named.startswith("subprocess.") and given & {"text", "universal_newlines"} and "encoding" not in given
            )
            found += [sources.place(file, call.lineno)] if writes or reads else []
    assert found == []


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [("cp936", "深圳 → \\xf4"), ("cp1252", "\\u6df1\\u5733 \\u2192 ô"), ("ascii", "\\u6df1\\u5733 \\u2192 \\xf4")],
)
def test_letters_that_a_console_does_not_have_end_no_command(encoding, shown):
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    ran = subprocess.run([sys.executable, "-c", SPEAK], env=environment, capture_output=True, check=False)
    assert (ran.returncode, ran.stdout.decode(encoding).strip()) == (0, shown), ran.stderr


class Terminal(io.StringIO):
    """A terminal that shows letters, and no codes."""

    def isatty(self):
        """It is one."""
        return True


def test_progress_on_a_terminal_needs_no_codes_and_leaves_nothing_of_a_longer_line():
    out = Terminal()
    shown = progress.Progress(3, out)
    shown._line("  ...    a long line, cell 5 of 9", passing=True)
    shown._line("  ...    short", passing=True)
    shown._line("  done   short")
    assert "\x1b" not in out.getvalue()
    assert [line.rstrip() for line in out.getvalue().split("\r")[1:]] == [
        "  ...    a long line, cell 5 of 9",
        "  ...    short",
        "  done   short",
    ]
    lengths = [len(line.rstrip("\n")) for line in out.getvalue().split("\r")[1:]]
    assert lengths[1] >= lengths[0]
    assert out.getvalue().endswith("\n")


def test_messages_and_pages_name_no_place_in_the_environment_that_one_system_alone_has():
    wrong = [
        f"{sources.place(file, node.lineno)}: {node.value}"
        for file in sources.modules()
        for node in sources.texts(file)
        if re.search(r"\.venv[/\\]|`make ", node.value)
    ]
    for page in PROSE:
        told = [block for block in page.read_text(encoding="utf-8").split("\n\n") if ".venv/bin" in block]
        wrong += [f"{sources.place(page)}: {block}" for block in told if ".venv\\Scripts" not in block]
    assert wrong == []


def test_a_command_is_told_as_it_is_typed():
    told = errors.command("book", SOURCE="licensed", FIRMS=5)
    assert re.fullmatch(r"`python3? run\.py book SOURCE=licensed FIRMS=5`", told)


# what lies in the home of a user


def false_kernel(folder):
    """A kernel `python3` that is no Python at all."""
    place = folder / "kernels" / "python3"
    place.mkdir(parents=True)
    command = [sys.executable, "-c", "raise SystemExit(3)", "{connection_file}"]
    spec = {"argv": command, "display_name": "Python 3", "language": "python"}
    (place / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")


def ran_by(notebook, tmp_path, settings):
    """What a notebook prints that `enclave run` runs with these settings; None takes one away."""
    kept = {key: value for key, value in os.environ.items() if key not in settings and not key.startswith("JUPYTER")}
    environment = kept | {"ENCLAVE_BUILD": str(tmp_path / "build")}
    environment |= {key: str(value) for key, value in settings.items() if value is not None}
    place = tmp_path / "01_toy.ipynb"
    place.write_text(notebook, encoding="utf-8")
    command = [sys.executable, "-m", "enclave_book", "run", str(place)]
    ran = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", check=False)
    assert ran.returncode == 0, ran.stderr
    made = json.loads(Path(ran.stdout.splitlines()[-1]).read_text(encoding="utf-8"))
    outputs = [output for cell in made["cells"] for output in cell.get("outputs", [])]
    return "".join("".join(output.get("text", "")) for output in outputs)


@pytest.fixture(scope="module")
def in_a_strange_home(tmp_path_factory):
    """What a notebook prints under a home full of foreign settings, and the folder of that run."""
    folder = tmp_path_factory.mktemp("strange")
    home, extra = folder / "home", folder / "extra"
    for place in (home / ".local" / "share" / "jupyter", home / "Library" / "Jupyter", extra):
        false_kernel(place)
    (home / "start.py").write_text("print('a greeting of mine')", encoding="utf-8")
    (home / "matplotlibrc").write_text("figure.dpi: 7", encoding="utf-8")
    mine = {"HOME": home, "JUPYTER_PATH": extra, "JUPYTER_DATA_DIR": extra, "JUPYTER_PREFER_ENV_PATH": "0"}
    mine |= {"PYTHONSTARTUP": home / "start.py", "MATPLOTLIBRC": home / "matplotlibrc"}
    # another environment is active in the shell
    mine |= {"VIRTUAL_ENV": folder / "other"}
    (folder / "other" / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages").mkdir(
        parents=True
    )
    code = "import sys\nimport matplotlib\nprint(sys.executable, matplotlib.rcParams['figure.dpi'] == 7)"
    code += f"\nprint([place for place in sys.path if place.startswith({str(folder / 'other')!r})])"
    return ran_by(toys.notebook(code), folder, mine), folder


def test_notebooks_run_in_our_python_whatever_kernel_has_its_name_elsewhere(in_a_strange_home):
    assert in_a_strange_home[0] == f"{sys.executable} False\n[]\n"


def test_fonts_are_looked_for_before_a_notebook_could_warn_that_this_takes_long(in_a_strange_home):
    assert list((in_a_strange_home[1] / "build" / ".cache" / "matplotlib").glob("fontlist-*.json"))


LAB = """
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_core import paths
from jupyterlab.labapp import LabApp
def launch(given):
    print(KernelSpecManager().get_kernel_spec("python3").resource_dir, paths.jupyter_runtime_dir(), *given, sep="\\n")
LabApp.launch_instance = launch
from enclave_book import cli
from enclave_book.notebooks import copies
copies.write = lambda folder: None
copies.write_start = lambda folder: folder / "start.ipynb"
cli.main(["lab"])
"""


@pytest.mark.parametrize("home", ["home", "a file"])
def test_jupyterlab_starts_our_python_and_keeps_the_settings_of_a_home_that_is_there(home, tmp_path):
    for folder in (tmp_path / "home" / ".local" / "share" / "jupyter", tmp_path / "extra"):
        false_kernel(folder)
    (tmp_path / "a file").write_text("", encoding="utf-8")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("JUPYTER", "XDG"))}
    mine = {"HOME": str(tmp_path / home), "USERPROFILE": str(tmp_path / home), "JUPYTER_PATH": str(tmp_path / "extra")}
    mine |= {"JUPYTER_PREFER_ENV_PATH": "0", "ENCLAVE_BUILD": str(tmp_path / "build")}
    ran = subprocess.run(
        [sys.executable, "-c", LAB], env=kept | mine, capture_output=True, encoding="utf-8", check=True
    )
    kernel, runtime, notebooks, *_ = ran.stdout.splitlines()
    assert Path(kernel).is_relative_to(sys.prefix)
    assert Path(runtime).is_relative_to(tmp_path / ("home" if home == "home" else "build"))
    assert notebooks == f"--notebook-dir={paths.ROOT}"


@pytest.mark.parametrize("home", ["a file", None])
def test_a_home_that_is_missing_or_cannot_be_made_does_not_matter(home, tmp_path):
    (tmp_path / "a file").write_text("", encoding="utf-8")
    place = tmp_path / home / "none" if home else None
    drawn = "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.set_title('a')\nfig.canvas.draw()\nprint(1)"
    assert ran_by(toys.notebook(drawn), tmp_path, {"HOME": place, "XDG_CACHE_HOME": None}) == "1\n"


def test_a_font_of_the_machine_with_the_name_of_ours_is_not_drawn_with(monkeypatch):
    manager = font_manager.fontManager
    other = manager.findfont("DejaVu Sans")
    strange = font_manager.FontEntry(fname=other, name=figures.FONT)
    rest = [font for font in manager.ttflist if not font.fname.endswith(figures.FONT_FILE)]
    monkeypatch.setattr(manager, "ttflist", [strange, *rest])
    figures.use_style()
    assert manager.findfont(figures.FONT) == str(paths.FONTS / figures.FONT_FILE)


# the book on this machine


@pytest.fixture
def served(tmp_path):
    """The address of a folder that is served."""
    for name in ("index.html", "a.js", "a.svg"):
        (tmp_path / name).write_text("<svg/>", encoding="utf-8")

    def handle(*given):
        return server.Handler(*given, directory=str(tmp_path))

    with server.Server(("127.0.0.1", 0), handle) as made:
        Thread(target=made.serve_forever, daemon=True).start()
        yield made.server_port
        made.shutdown()


def test_scripts_and_drawings_are_served_as_such_whatever_the_machine_thinks_of_them(served, monkeypatch):
    monkeypatch.setattr("mimetypes.guess_type", lambda *_, **__: ("text/plain", None))
    monkeypatch.setattr(SimpleHTTPRequestHandler, "log_message", lambda *_: None)
    for name, kind in {"a.js": "text/javascript", "a.svg": "image/svg+xml"}.items():
        with urllib.request.urlopen(f"http://127.0.0.1:{served}/{name}") as answer:
            assert answer.headers["Content-Type"] == kind


def test_a_port_that_is_taken_is_told_with_another_one(served, tmp_path):
    with pytest.raises(EnclaveError, match=rf"Port {served} cannot be used .*run\.py serve PORT={served + 1}`"):
        server.serve(tmp_path, served)
