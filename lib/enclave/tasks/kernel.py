"""The kernel that notebooks run in: the Python that runs the build, and none that is called the same elsewhere."""

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from traitlets import default


class OwnKernel(AsyncKernelManager):
    """Asks no folder for the kernel `python3`: one may lead to a Python without the package or with other versions."""

    @default("kernel_spec_manager")
    def _without_folders(self) -> KernelSpecManager:
        return KernelSpecManager(kernel_dirs=[])
