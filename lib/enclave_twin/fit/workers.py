"""Two processes that do the tasks of a fit side by side.

There are two whatever the machine has, so that a fit ends with the same bytes everywhere. Each process uses one thread
for linear algebra and no instructions that only newer processors have, because the last bits of a sum depend on both.
"""

import multiprocessing
import os
import threading
from collections.abc import Callable, Generator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import connection
from typing import ParamSpec, TypeVar

Given = ParamSpec("Given")
Result = TypeVar("Result")
NUMBER = 2
# what tells libraries of linear algebra to use one thread
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "NUMBA_NUM_THREADS")

# environment in which a fit gives the same bytes on each x86-64 processor since 2013; read when libraries are loaded
SAME = dict.fromkeys(THREADS, "1") | {
    "OPENBLAS_CORETYPE": "Haswell",
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
    "NUMBA_CPU_NAME": "haswell",
    "NUMBA_CPU_FEATURES": "+avx2,+fma",
}


@contextmanager
def two() -> Generator[Executor, None, None]:
    """Two processes, which end with this one, however it ends."""
    former = {name: os.environ.get(name) for name in SAME}
    os.environ.update(SAME)
    pool = ProcessPoolExecutor(NUMBER, multiprocessing.get_context("spawn"), initializer=_end_with_parent)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)
        for name, value in former.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


class Alone(Executor):
    """Does each task at once in this process, as `two` would."""

    def submit(self, fn: Callable[Given, Result], /, *args: Given.args, **kwargs: Given.kwargs) -> Future[Result]:
        """The result of the task, which has been done."""
        done: Future[Result] = Future()
        done.set_result(fn(*args, **kwargs))
        return done


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_wait, args=(parent.sentinel,), daemon=True).start()


def _wait(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)
