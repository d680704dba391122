"""The kernel that notebooks run in: the Python that runs the build, and none that is called the same elsewhere."""

import os
import shutil
import tempfile
from pathlib import Path

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from traitlets import default

# the most letters that a system allows in the path of a socket, less those that are put behind it
LONGEST = 90


class OwnKernel(AsyncKernelManager):
    """Asks no folder for the kernel `python3`: one may lead to a Python without the package or with other versions.

    It is reached through files where the system has sockets as files, so that a machine without any network will do.
    """

    _folder: str | None = None

    @default("kernel_spec_manager")
    def _without_folders(self) -> KernelSpecManager:
        return KernelSpecManager(kernel_dirs=[])

    @default("transport")
    def _files_or_ports(self) -> str:
        return "ipc" if os.name == "posix" and len(tempfile.gettempdir()) < LONGEST else "tcp"

    def _ip_default(self) -> str:
        if self.transport == "tcp":
            return super()._ip_default()
        self._folder = tempfile.mkdtemp()
        return str(Path(self._folder, "kernel"))

    async def _async_cleanup_resources(self, restart: bool = False) -> None:
        await super()._async_cleanup_resources(restart)
        if self._folder and not restart:
            shutil.rmtree(self._folder, ignore_errors=True)

    cleanup_resources = _async_cleanup_resources
