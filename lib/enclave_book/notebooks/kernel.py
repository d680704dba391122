"""The kernel that runs the notebooks: the Python that runs the build, and no other one of the same name."""

import os
import shutil
import tempfile
from pathlib import Path

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from traitlets import default

# the length that a system allows for the path of a socket, less what is added to it
LONGEST = 90


class OwnKernel(AsyncKernelManager):
    """Ignores all folders of kernels: the `python3` of one may be a Python without the package or with other versions.

    Where the system has sockets as files, the kernel is reached through them. No network is needed then.
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
