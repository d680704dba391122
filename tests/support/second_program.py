"""What tests need to run another program beside ours."""

import warnings
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def quietly() -> Generator[None]:
    """Silence another program: advice, retired arguments of pandas, columns that it drops. Its numbers are compared."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
