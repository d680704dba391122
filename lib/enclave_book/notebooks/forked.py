"""Processes that begin with the libraries loaded, for notebooks and exhibits.

On Linux a server imports the libraries once (`libraries`), and each process is forked from it. Elsewhere a process
loads them itself: Windows has no fork, and libraries of macOS do not survive one. This module imports none of ours, so
that a process has its environment variables before `enclave.base.paths` reads them.
"""

import importlib
import multiprocessing
import os
import sys
import threading
from collections.abc import Callable, Mapping
from multiprocessing.process import BaseProcess
from pathlib import Path

import psutil

import enclave_book

AVAILABLE = sys.platform == "linux"
context = multiprocessing.get_context("forkserver" if sys.platform == "linux" else "spawn")
if AVAILABLE:
    context.set_forkserver_preload(["enclave_book.notebooks.libraries"])
OURS = str(Path(next(iter(enclave_book.__path__))).parent)


def start_server() -> None:
    """Let the server load the libraries while this process does other work. The first process would start it, too."""
    if AVAILABLE:
        from multiprocessing import forkserver

        forkserver.ensure_running()


def start(work: Callable, *given: object, environment: Mapping[str, str] | None = None) -> BaseProcess:
    """Run `work(*given)` in a new process, with the environment variables of this one or with those given.

    The server keeps the hash seed and the threads with which it was started: call `environment.prepare_kernels` before.
    The process ends with this one.
    """
    variables = dict(os.environ if environment is None else environment)
    # by its name: the module of `work` is imported after the variables are set
    name = (work.__module__, work.__name__)
    process = context.Process(target=_begin, args=(variables, name, given), daemon=True)
    process.start()
    return process


def kernel(folder: str, arguments: list[str]) -> None:
    """The work of a process that is a kernel: as `python -m ipykernel_launcher`, in `folder`.

    It leads a session of its own, so that an interrupt from the keyboard reaches the build only. It may start
    processes, in the way that is usual on the system.
    """
    from ipykernel.kernelapp import IPKernelApp

    lead_session = os.setsid if hasattr(os, "setsid") else None
    if lead_session:
        lead_session()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    multiprocessing.current_process().daemon = False
    multiprocessing.set_start_method(None, force=True)
    os.chdir(folder)
    sys.path[:] = [place for place in sys.path if _is_of_every_python(place)]
    sys.argv = ["ipykernel_launcher", *arguments]
    # without a parent, ipykernel prints how to connect to it
    IPKernelApp.launch_instance([*arguments, f"--IPKernelApp.parent_handle={os.getppid()}"])


def _begin(environment: dict[str, str], work: tuple[str, str], given: tuple) -> None:
    os.environ.clear()
    os.environ.update(environment)
    module, function = work
    getattr(importlib.import_module(module), function)(*given)


def _end_with_parent() -> None:
    """A kernel would wait for messages of a build that was killed."""
    parent = multiprocessing.parent_process()
    if parent:
        parent.join()
        psutil.Process().kill()


def _is_of_every_python(place: str) -> bool:
    """Whether a kernel has this entry of the search path wherever it is started from."""
    stated = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    return place in [OURS, *stated] or place.startswith((sys.prefix, sys.base_prefix))
