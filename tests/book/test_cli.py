import subprocess
import sys
from pathlib import Path

import pytest
import toys

from enclave.base import paths
from enclave_book import cli
from enclave_book.commands import book


@pytest.fixture
def said(capsys, build_folder):
    """A function that runs a command and returns its exit code, what it printed, and what it complained of."""

    def run(*arguments):
        code = cli.main(list(arguments))
        streams = capsys.readouterr()
        return code, streams.out.strip(), streams.err.strip()

    return run


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["build", "--source", "nowhere"], "No registers of source 'nowhere'. Choose one of twin"),
        (["run", "99"], "There is no notebook '99'. Choose one of 00_setting"),
        (["run", "00", "-p", "colour=red"], "00_setting.ipynb has no parameter 'colour'. Its parameters are: source"),
        (["run", "00", "-p", "nonsense"], "'nonsense' is no parameter. Write it as name=value."),
        (["registers", "--source", "licensed"], "Synthetic registers never replace licensed ones."),
        (["registers", "--source", "demo", "--format", "pdf"], "pdf"),
        (["serve"], "There is no book in"),
    ],
)
def test_a_fault_is_one_message_and_exit_code_1(said, arguments, complaint):
    code, printed, message = said(*arguments)
    assert code == 1
    assert complaint in message
    assert "Traceback" not in message
    assert len(message.splitlines()) == 1
    assert printed == ""


def test_licensed_data_that_are_not_there_are_asked_for(said, tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "LICENSED", tmp_path / "licensed")
    paths.LICENSED.mkdir()
    (paths.LICENSED / "README.md").write_text("what to put here", encoding="utf-8")
    code, _, message = said("build", "--source", "licensed")
    assert code == 1
    assert message == f"No raw tables in {paths.LICENSED}. Its README says which files to put there."


@pytest.mark.parametrize("form", ["csv", "delivery"])
def test_registers_that_were_written_pass_the_check(said, form):
    code, printed, _ = said("registers", "--source", "demo", "--firms", "12000", "--seed", "5", "--format", form)
    assert (code, printed) == (0, str(paths.registers("demo")))
    code, printed, _ = said("check", "--source", "demo")
    assert code == 0
    assert printed.splitlines()[-1] == "All tables of source demo are valid."


def test_a_check_names_each_faulty_table(said):
    paths.registers("demo").mkdir(parents=True)
    code, _, message = said("check", "--source", "demo")
    assert code == 1
    assert {line.split(":")[0].split("/")[-1] for line in message.splitlines() if line} >= {
        "demo"
    } or "firms" in message


def test_the_registers_of_the_twin_are_written_where_they_belong(said, build_folder, monkeypatch):
    asked = []
    monkeypatch.setattr("enclave_twin.write.registers", lambda *given, **more: asked.append((given, more)))
    assert said("twin")[:2] == (0, str(paths.registers("twin")))
    assert asked == [(("twin",), {"counts": paths.TWIN})]


def test_a_notebook_runs_with_a_parameter_of_ones_own(said, tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "NOTEBOOKS", tmp_path)
    (tmp_path / "01_toy.ipynb").write_text(toys.writer("figure_1", 0.5), encoding="utf-8")
    code, printed, _ = said("run", "01", "-p", "language=zh")
    copy = Path(printed.splitlines()[-1])
    assert code == 0
    assert copy == paths.RUNS / "01_toy" / "01_toy.ipynb"
    assert copy.exists()
    assert (copy.parent / "figure_1.csv").exists()
    assert not (paths.results("twin") / "figure_1.csv").exists()


@pytest.mark.parametrize(
    ("text", "value"), [("a=3", 3), ("a=0.5", 0.5), ("a=true", True), ("a=zh", "zh"), ("a=x=y", "x=y")]
)
def test_a_parameter_is_read_as_number_truth_value_or_text(text, value):
    assert book.parameter(text) == ("a", value)


def test_each_command_explains_itself(capsys):
    for command in [function.__name__.replace("_", "-") for function in cli.COMMANDS]:
        with pytest.raises(SystemExit) as stop:
            cli.main([command, "--help"])
        assert stop.value.code == 0
        assert f"enclave {command}" in capsys.readouterr().out


def test_the_module_is_the_command():
    ran = subprocess.run(
        [sys.executable, "-m", "enclave_book", "run", "99"], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 1
    assert ran.stderr.startswith("There is no notebook '99'.")
