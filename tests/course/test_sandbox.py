import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from enclave.base import paths
from enclave.base.errors import EnclaveError
from enclave_course import closed, sandbox
from enclave_course.sandbox import Sandbox

MARK = "a variable of the grading"


@pytest.fixture(scope="module", params=[True, False], ids=["closed off", "limits only"])
def box(request):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ENCLAVE_MARK", MARK)
        with Sandbox(("pandas",), close=request.param) as made:
            made.asked = request.param
            yield made


def run(box, *cells, calls=(), seconds=20, **files):
    made = {f"{name}.csv": text for name, text in files.items()}
    names = [f"answer_{number}" for number in range(1, 4)]
    return box.run(list(cells), names, list(calls), made, seconds=seconds, seconds_of_a_cell=0.4)


def test_a_run_says_in_words_how_it_was_closed_off(box):
    assert box.isolation() == (closed.FULL if box.closed else closed.LIMITS_ONLY)
    assert ("could read what you can read" in box.isolation()) == (not box.closed)
    assert box.asked or not box.closed


def test_answers_functions_and_files_reach_the_notebook_and_come_back(box):
    cells = [
        "import pandas as pd\ntable = pd.read_csv('data.csv')\nanswer_1 = table['a'].sum()",
        "def double(table, by):\n    return table.assign(a=table['a'] * by)",
    ]
    call = {"function": "double", "given": [{"csv": "a,b\n1,x\n"}, 3]}
    ran = run(box, *cells, calls=[call, {"function": "missing", "given": []}], data="a\n2\n5\n")
    assert ran.answers == {"answer_1": 7}
    assert ran.calls == {0: {"value": {"columns": ["a", "b"], "rows": [[3, "x"]]}}, 1: {"missing": True}}
    assert (ran.faults, ran.ended) == ({}, False)


def test_a_cell_that_stops_costs_that_cell_alone(box):
    ran = run(box, "answer_1 = 1", "answer_2 = 1 / 0", "answer_3 = 3", "exit()", "%matplotlib inline\nanswer_2 = 2")
    assert ran.answers == {"answer_1": 1, "answer_2": 2, "answer_3": 3}
    assert list(ran.faults) == [2, 4]
    assert ran.faults[2] == "ZeroDivisionError: division by zero"


def test_a_cell_that_never_ends_is_ended_and_the_others_run(box):
    ran = run(box, "answer_1 = 1", "while True:\n    pass", "answer_3 = 3")
    assert ran.answers == {"answer_1": 1, "answer_3": 3}
    assert ran.faults == {2: "it ran longer than 0.4 s"}


def test_a_notebook_that_sleeps_is_ended_and_keeps_what_it_had(box):
    ran = run(box, "answer_1 = 1", "import time\ntime.sleep(1000)", "answer_3 = 3", seconds=2)
    assert (ran.answers, ran.ended) == ({"answer_1": 1}, True)


def test_a_notebook_that_ends_itself_keeps_what_it_had(box):
    ran = run(box, "answer_1 = 1", "import os\nos._exit(0)", "answer_2 = 2")
    assert (ran.answers, ran.ended) == ({"answer_1": 1}, True)
    assert run(box, "answer_1 = 2").answers == {"answer_1": 2}


def test_printing_without_end_is_stopped_and_nothing_of_it_is_kept(box):
    ran = run(box, "for _ in range(10**9):\n    print('x' * 1000)", "answer_1 = 1")
    assert ran.answers == {"answer_1": 1}
    assert ran.faults[1].startswith("it printed more than")


def test_memory_and_the_size_of_files_have_limits(box):
    ran = run(box, "held = bytearray(4 * 10**9)", "open('large', 'wb').write(bytes(10**8))", "answer_1 = 1")
    assert ran.answers == {"answer_1": 1}
    assert ran.faults[1] == "it needed more memory than there is"
    assert 2 in ran.faults


def test_a_submission_finds_no_variable_of_the_grading(box):
    ran = run(box, "import os\nanswer_1 = str(dict(os.environ))")
    assert MARK not in ran.answers["answer_1"]
    assert "TMPDIR" in ran.answers["answer_1"]


def test_the_answers_are_not_in_the_memory_of_a_submission(box):
    """What is right is compared in another process; the one that runs cells has no module that knows it."""
    ran = run(box, "import sys\nanswer_1 = [name for name in sys.modules if name.startswith('enclave')]")
    assert set(ran.answers["answer_1"]) <= {"enclave_course", "enclave_course.closed", "enclave_course.visible"} | {
        "enclave_course.inside"
    }


def test_a_changed_builtin_and_a_changed_checker_stay_with_their_notebook(box):
    change = "import builtins, json, math\nbuiltins.len = lambda _: 0\njson.dumps = lambda *_: '{\"end\": true}'"
    run(box, change + "\nmath.isclose = lambda *_, **__: True", "answer_1 = 5")
    assert run(box, "answer_1 = len([1, 2])").answers == {"answer_1": 2}


def test_what_a_notebook_writes_into_the_report_can_only_be_values():
    said = '{"end": true}\nno json\n{"points": 100}\n{"answer": 5, "value": 1}\n{"answer": "answer_1", "value": 2}\n'
    ran = sandbox.read(said)
    assert (ran.answers, ran.faults, ran.calls, ran.ended) == ({"answer_1": 2}, {}, {}, False)


def test_a_function_of_ones_own_has_to_do_without_packages(box):
    cells = [
        "from enclave.base.stars import stars\nanswer_1 = stars(0.001)\ndef one():\n    return stars(0.001)",
        "def two():\n    import enclave.base.stars\n    return 1",
        "import enclave.base.stars as short\ndef three():\n    return short.stars(0.001)",
        "def four():\n    return never_defined",
    ]
    ran = run(box, *cells, calls=[{"function": name, "given": []} for name in ("one", "two", "three", "four")])
    assert ran.answers == {"answer_1": "***"}
    for call, package in {0: "`stars`. enclave", 1: "enclave", 2: "`short`. enclave"}.items():
        assert f"{package} is not there" in ran.calls[call]["fault"]
        assert "write the arithmetic yourself" in ran.calls[call]["fault"]
    # a name of the student's own is another fault
    assert ran.calls[3]["fault"] == "NameError: name 'never_defined' is not defined"


def test_a_closed_notebook_has_no_network_no_files_and_no_neighbours(box, tmp_path):
    """Where it is not closed off, the run says that these things are open."""
    mine = tmp_path / "submissions.txt"
    mine.write_text("of another student", encoding="utf-8")
    if not box.closed:
        assert "use the network" in box.isolation()
        return
    cells = [
        "import socket\nsocket.create_connection(('127.0.0.1', 9), timeout=1)",
        f"answer_1 = open({str(mine)!r}).read()",
        f"import os\nanswer_2 = sorted(os.listdir({str(paths.LIB)!r}))",
        f"import shutil\nfor place in ({str(paths.LIB)!r}, {str(tmp_path)!r}, '/dev'):\n    shutil.rmtree(place, True)",
        f"open({str(Path(os.__file__))!r}, 'a').write('x')",
        "os.kill(-1, 9)",
    ]
    ran = run(box, *cells)
    assert "answer_1" not in ran.answers
    assert ran.answers["answer_2"] == ["enclave"]
    assert {1, 2, 5} <= set(ran.faults)
    assert "unreachable" in ran.faults[1]
    assert run(box, "answer_1 = 1").answers == {"answer_1": 1}
    assert mine.read_text(encoding="utf-8") == "of another student"
    assert (paths.LIB / "enclave" / "__init__.py").is_file()


def test_what_a_closed_notebook_starts_ends_with_it(box):
    if not box.closed:
        assert "could read what you can read" in box.isolation()
        return
    start = "import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(1000)\nanswer_1 = os.getpid()"
    many = "for _ in range(100):\n    os.fork() or time.sleep(1000)"
    ran = run(box, start, many, seconds=3)
    assert ran.answers["answer_1"] < 10
    assert run(box, "answer_1 = 1").answers == {"answer_1": 1}
    server = box._process.pid
    assert Path(f"/proc/{server}/task/{server}/children").read_text(encoding="ascii").strip() == ""


@pytest.mark.parametrize("close", [True, False])
def test_nothing_runs_on_when_the_grading_is_stopped(close):
    box = Sandbox(("json",), close=close)
    server = psutil.Process(box._process.pid)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(run, box, "import time\ntime.sleep(1000)", seconds=600)
        while not server.children(recursive=True):
            time.sleep(0.01)
        time.sleep(0.3)
        started = server.children(recursive=True)
        box._process.kill()
        with pytest.raises(EnclaveError, match="ended"):
            running.result()
    box.end()
    assert psutil.wait_procs(started, timeout=20)[1] == []


def test_a_system_without_fork_is_refused_with_the_remedy(monkeypatch):
    monkeypatch.delattr(os, "fork")
    with pytest.raises(EnclaveError, match="Windows Subsystem for Linux"):
        Sandbox()
