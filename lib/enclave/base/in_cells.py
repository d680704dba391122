"""Errors in a notebook as one line. `%tb` in the next cell still shows the whole traceback.

Our errors say what to do, so the frames of our code above them help nobody. An undefined name is mostly one that an
earlier cell makes and that was not run: the line says which cell. A misspelt function of ours gets the nearest name.
"""

import ast
import json
import os
import re
import sys
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

from enclave.base.arguments import nearest
from enclave.base.errors import EnclaveError

# a build keeps tracebacks for its records of failures
WHOLE = "ENCLAVE_WHOLE_TRACEBACKS"
# where JupyterLab, and Visual Studio Code, tell a kernel which notebook it runs
IN_LAB, IN_CODE = "JPY_SESSION_NAME", "__vsc_ipynb_file__"
SHORTENED = (EnclaveError, NameError, AttributeError)
HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)
MAGIC = re.compile(r"^[ \t]*[%!].*$", re.MULTILINE)


def begin() -> None:
    """Show errors as one line from now on, if this process runs a notebook and no build does."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is not None and WHOLE not in os.environ:
        shell.set_custom_exc(SHORTENED, _show)


def _show(
    shell: Any, kind: type[BaseException], fault: BaseException, trace: TracebackType, tb_offset: int | None = None
) -> None:
    """Called by IPython with its shell and an error of a cell. What has no line of ours is shown as ever."""
    line = one_line(fault, trace, shell.user_ns)
    if line is None:
        shell.showtraceback((kind, fault, trace), tb_offset=tb_offset, running_compiled_code=True)
    else:
        # where %tb looks for it
        sys.last_type, sys.last_value, sys.last_traceback = kind, fault, trace
        name = "EnclaveError" if isinstance(fault, EnclaveError) else kind.__name__
        shell._showtraceback(kind, fault, [f"{name}: {line}"])


def one_line(fault: BaseException, trace: TracebackType, names: dict[str, Any]) -> str | None:
    """What to show in place of a traceback, or None; `names` are those of the notebook."""
    if isinstance(fault, EnclaveError):
        return str(fault)
    if isinstance(fault, NameError) and fault.name and _innermost(trace) is names:
        return _undefined(fault.name, names)
    if isinstance(fault, AttributeError) and isinstance(fault.obj, ModuleType) and fault.name:
        return _no_part(fault.obj, fault.name)
    return None


def _innermost(trace: TracebackType) -> dict[str, Any]:
    """The names of the code in which the error occurred."""
    while trace.tb_next:
        trace = trace.tb_next
    return trace.tb_frame.f_globals


def _undefined(name: str, names: dict[str, Any]) -> str | None:
    """The cell that makes the name, as the saved notebook has it, or the nearest name that exists."""
    if place := _maker(name, names):
        return f"{name!r} is made in another cell, which was not run: {place}. Run that one first, or all cells above."
    near = nearest(name, [other for other in names if not other.startswith("_")])
    meant = f"Did you mean {near!r}? If not, run" if near else "Run"
    return f"There is no {name!r} yet. {meant} the cells above first: menu Run, Run All Above Selected Cell."


def _maker(name: str, names: dict[str, Any]) -> str | None:
    """The first cell that makes the name, told by the heading above it and its first line; None if there is none."""
    heading, this = "", str(names.get("In", [""])[-1]).strip()
    for cell in _cells(names):
        text = "".join(cell.get("source", ""))
        if cell.get("cell_type") == "markdown":
            heading = [heading, *HEADING.findall(text)][-1]
        elif cell.get("cell_type") == "code" and text.strip() != this and name in _made(text):
            under = f'under "{heading}", ' if heading else ""
            return f"{under}beginning with `{text.strip().splitlines()[0]}`"
    return None


def _cells(names: dict[str, Any]) -> list[dict]:
    """The cells of the notebook that this kernel runs, as it was saved; none if its file is not known."""
    place = os.environ.get(IN_LAB) or names.get(IN_CODE)
    try:
        return json.loads(Path(place).read_text(encoding="utf-8"))["cells"] if place else []
    except (OSError, ValueError, KeyError):
        return []


def _made(text: str) -> set[str]:
    """The names that the lines of a cell make."""
    try:
        lines = ast.parse(MAGIC.sub("", text))
    except SyntaxError:
        return set()
    made: set[str] = set()
    for line in lines.body:
        if isinstance(line, (ast.FunctionDef, ast.ClassDef)):
            made.add(line.name)
            continue
        for part in ast.walk(line):
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                made.add(part.id)
            elif isinstance(part, ast.alias):
                made.add(part.asname or part.name.partition(".")[0])
    return made


def _no_part(module: ModuleType, name: str) -> str | None:
    """What a module of ours has in place of a name that it has not; None for other modules."""
    package = module.__name__.partition(".")[0]
    if not package.startswith("enclave"):
        return None
    public = getattr(module, "__all__", None) or [part for part in vars(module) if not part.startswith("_")]
    near = nearest(name, public)
    meant = f"Did you mean {near!r}?" if near else f"`dir({module.__name__.rpartition('.')[2]})` lists what it has."
    return f"{module.__name__} has no {name!r}. {meant}"
