"""The same inputs give the same bytes whatever the circumstances: panels, results and pages."""

import sys

import circumstances
import pytest

from enclave.base import paths

pytestmark = pytest.mark.campaign


@pytest.fixture(scope="module")
def registers(tmp_path_factory):
    """A build folder with registers in parts."""
    folder = tmp_path_factory.mktemp("registers")
    circumstances.registers(folder)
    assert len(list((folder / "registers" / circumstances.SOURCE / "firms").iterdir())) > 1
    return folder


def differing(one, other):
    """The names of files that only one build has, or that differ."""
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def test_zone_language_hash_seed_threads_order_of_files_user_and_home_change_no_byte(registers, tmp_path):
    one = circumstances.build(circumstances.copied(registers, tmp_path / "one"), circumstances.PAGES)
    other = circumstances.build_there(circumstances.copied(registers, tmp_path / "other"), circumstances.PAGES)
    print("another user" if circumstances.other_user() else "the same user: this system starts no other one")
    for kind in circumstances.MADE:
        assert any(name.startswith(f"{kind}/") for name in one), kind
    assert differing(one, other) == []


def test_another_python_makes_the_same_panels_and_results(registers, tmp_path):
    version = "3.11" if sys.version_info[:2] == (3, 13) else "3.13"
    found = circumstances.pythons()
    if version not in found:
        pytest.skip(f"Python {version} is not installed on this machine; the weekly job has it")
    one = circumstances.build(circumstances.copied(registers, tmp_path / "one"), circumstances.RESULTS)
    assert any(name.startswith("results/") for name in one)
    python = circumstances.environment(found[version], tmp_path / f"venv-{version}", paths.ROOT)
    other = circumstances.build(circumstances.copied(registers, tmp_path / version), circumstances.RESULTS, python)
    print(f"Python {version}: {len(other)} files compared")
    assert differing(one, other) == []
