"""A browser for tests that need one."""

import os

import pytest

from enclave_book.browser import chromium


def needed() -> None:
    """Leave the test out where no browser is installed; fail where one is required (the workflows of CI)."""
    if chromium.find() is None:
        if os.environ.get("BROWSER_REQUIRED"):
            pytest.fail(chromium.REMEDY)
        pytest.skip(f"A browser is not installed on this machine; the weekly job has it. {chromium.REMEDY}")
