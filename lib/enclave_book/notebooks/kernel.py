"""The kernel that runs the notebooks: the Python that runs the build, and no other one of the same name."""

import os
import shutil
import tempfile
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, cast

import psutil
from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import LocalProvisioner
from traitlets import default

from enclave_book.notebooks import forked

# the length that a system allows for the path of a socket, less what is added to it
LONGEST = 90


class ForkedProcess:
    """A forked process with the methods of `subprocess.Popen` that jupyter_client calls."""

    stdin = stdout = stderr = None

    def __init__(self, process: BaseProcess) -> None:
        self._process, self.pid = process, cast("int", process.pid)

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self) -> int | None:
        self._process.join()
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        psutil.Process(self.pid).send_signal(number)

    def terminate(self) -> None:
        self._process.terminate()

    def kill(self) -> None:
        self._process.kill()


class ForkedKernel(LocalProvisioner):
    """Starts the kernel by a fork of the process that has the libraries loaded (see `forked`)."""

    pid: Any = None
    pgid: Any = None

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """`cmd` is the command of a plain kernel: its arguments after the module are those of ours."""
        arguments = cmd[cmd.index("ipykernel_launcher") + 1 :]
        self.cwd = kwargs["cwd"]
        self.process = ForkedProcess(forked.start(forked.kernel, self.cwd, arguments, environment=kwargs["env"]))
        # the kernel leads a group of its own
        self.pid = self.pgid = self.process.pid
        return self.connection_info


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


class LoadedKernel(OwnKernel):
    """Begins with the libraries loaded, where the system can fork."""

    async def _async_pre_start_kernel(self, **kwargs: Any) -> tuple[list[str], dict]:
        if forked.AVAILABLE and self.provisioner is None:
            self.provisioner = ForkedKernel(kernel_id=self.kernel_id, kernel_spec=self.kernel_spec, parent=self)
        return await super()._async_pre_start_kernel(**kwargs)
