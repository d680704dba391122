"""What several test modules share."""

import gc
import os
import signal
from pathlib import Path

from enclave_book.notebooks import environment

# as if no environment were active in the shell
os.environ.pop("VIRTUAL_ENV", None)
# before numpy is loaded: threads of small tests only wait for each other, and the build computes with one, too
os.environ.update({name: value for name, value in environment.STEADY.items() if name != "PYTHONHASHSEED"})

import builds
import numpy as np
import pytest
import shared

from enclave.base import files, paths

SMALL_HELPERS = ["440100", "440300"]
SMALL_RECIPIENTS = ["441600", "441800"]
# test files of more than ten seconds of processor time, longest first: see tests/README.md
LONGEST = (
    "registers/test_odd_deliveries.py",
    "estimators/test_one_rule.py",
    "course/test_slides_in_browser.py",
    "registers/test_clusters.py",
    "registers/test_delivery.py",
    "book/test_build.py",
    "registers/test_campaign.py",
    "project/test_portable.py",
    "registers/test_convert.py",
    "exhibits/test_makers.py",
    "registers/test_privacy.py",
    "exercises/test_checks.py",
    "twin/test_big_registers.py",
    "estimators/test_wrong_numbers.py",
    "registers/test_understood.py",
    "registers/test_engines.py",
    "registers/test_validate.py",
    "exhibits/test_appendix_d.py",
    "registers/test_streams.py",
    "registers/test_recovery.py",
    "twin/test_write.py",
    "registers/test_failures.py",
    "registers/test_no_value.py",
    "registers/test_map_rows.py",
    "book/test_forked.py",
    "course/test_sandbox.py",
    "book/test_cli.py",
    "book/test_colab.py",
    "book/test_register_in_an_hour.py",
    "project/test_habits.py",
)


def pytest_configure(config):
    """The order of tests is random; random numbers are not set anew before each test, so that none can rely on it."""
    config.option.randomly_reset_seed = False


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """What the test modules load stays to the end: no search for memory to free goes through it, now or later."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_unconfigure():
    """Libraries that count at the end what is left of theirs find nothing of it."""
    gc.unfreeze()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Begin with the longest files, so that no worker begins one when the others have ended."""
    place = {paths.TESTS / name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path, len(LONGEST)))


@pytest.fixture(autouse=True)
def _floating_point_faults_are_errors():
    """Dividing by zero, overflow and invalid operations raise; underflow to zero is what small p-values do."""
    with np.errstate(divide="raise", over="raise", invalid="raise"):
        yield


@pytest.fixture(autouse=True, scope="session")
def _what_the_tests_start_can_be_interrupted():
    """Programs that a shell starts in the background ignore this signal, and hand that on."""
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, former)


@pytest.fixture(autouse=True, scope="session")
def _no_test_reads_what_a_licence_holder_has_put_there(tmp_path_factory):
    """Neither this process nor one that it starts sees the folder of the licensed files."""
    with pytest.MonkeyPatch.context() as patch:
        empty = tmp_path_factory.mktemp("licensed")
        patch.setattr(paths, "LICENSED", empty)
        patch.setenv("ENCLAVE_LICENSED", str(empty))
        yield


def rebase(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """Let everything that is made lie under `folder`."""
    former = paths.BUILD
    for name, place in list(vars(paths).items()):
        if isinstance(place, Path) and place.is_relative_to(former):
            patch.setattr(paths, name, folder / place.relative_to(former))


@pytest.fixture
def build_folder(tmp_path, monkeypatch):
    """An empty place for everything that is made."""
    rebase(monkeypatch, tmp_path / "build")
    return tmp_path / "build"


@pytest.fixture(scope="session")
def small_counts(tmp_path_factory):
    """A folder of target counts small enough for quick registers: two helpers, two recipients, all years."""
    from enclave.panels import targets

    folder = tmp_path_factory.mktemp("counts")
    for name, table in targets.read().items():
        files.write_csv(_small(table), folder / f"{name}.csv")
    return folder


def _small(table):
    cities = {"helper": SMALL_HELPERS, "recipient": SMALL_RECIPIENTS}
    either = [*SMALL_HELPERS, *SMALL_RECIPIENTS]
    for column in table.columns.intersection(["helper", "recipient", "investor", "investee"]):
        table = table[table[column].isin(cities.get(column, either))]
    if "county" in table:
        table = table[table["county"].str[:4].isin([code[:4] for code in SMALL_RECIPIENTS])]
    return table.reset_index(drop=True)


@pytest.fixture(scope="session")
def validated(tmp_path_factory):
    """A build folder with the validated tables of 50,000 firms, under the name of `builds.SOURCE`."""
    return shared.folder(tmp_path_factory, "fifty-thousand-firms", _validated)


def _validated(folder):
    from enclave_registers.intake import validate
    from enclave_twin import write

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paths, "BUILD", folder)
        write.registers(builds.SOURCE, firms=50_000, seed=7)
        validate.store(builds.SOURCE)


@pytest.fixture(scope="session")
def marked_deliveries(tmp_path_factory):
    """`whole`: the files of `marked.deliver`; `excerpt`: fewer records, all that a check needs. Do not write there."""
    return shared.folder(tmp_path_factory, "marked-deliveries", _marked)


def _marked(folder):
    import marked

    from enclave_twin import rehearsal

    tables = marked.tables()
    rehearsal.write(tables, folder / "whole")
    rehearsal.write(marked.excerpt(tables), folder / "excerpt")


@pytest.fixture(scope="session")
def validated_small(tmp_path_factory, small_counts):
    """As `validated`, of 4,000 firms: for what needs no large tables."""
    from enclave_registers.intake import validate
    from enclave_twin import write

    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("small")
        patch.setattr(paths, "BUILD", folder)
        write.registers(builds.SOURCE, firms=4_000, seed=3, counts=small_counts)
        validate.store(builds.SOURCE)
    return folder


@pytest.fixture
def folder(validated, tmp_path):
    """A build folder with the same validated tables and the former panels `builds.FORMER`."""
    return _with_former_panels(validated, tmp_path)


@pytest.fixture
def small_folder(validated_small, tmp_path):
    """As `folder`, with the tables of `validated_small`."""
    return _with_former_panels(validated_small, tmp_path)


def _with_former_panels(tables, folder):
    made = builds.with_tables(tables, folder / "build")
    former = made / "panels" / builds.SOURCE
    former.mkdir(parents=True)
    for name, content in builds.FORMER.items():
        (former / name).write_bytes(content)
    return made


@pytest.fixture(scope="session")
def folder_of_duckdb(validated, tmp_path_factory):
    """A build folder with the tables of `validated` and the panels that DuckDB makes of them. Do not write into it."""

    def build(folder):
        done = builds.build(builds.with_tables(validated, folder))
        assert done.returncode == 0, done.stderr

    return shared.folder(tmp_path_factory, "panels-of-duckdb", build)


@pytest.fixture(scope="session")
def from_duckdb(folder_of_duckdb):
    """The panels that DuckDB makes of `validated`: name of the file -> its bytes."""
    return builds.made(folder_of_duckdb)
