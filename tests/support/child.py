"""What tests let a process of an exhibit do."""

import os
import sys


def send_hash(connection, text):
    """Send the hash of a text, which tells the order of sets, and the number of threads that libraries may use."""
    connection.send((hash(text), os.environ["OMP_NUM_THREADS"]))


def die(connection, exhibit):
    """End without an answer, as a process that the system kills."""
    os._exit(9)


def send_modules(connection, package):
    """Send the names of the loaded modules that begin with `package`, before anything else is imported."""
    connection.send([name for name in sys.modules if name.startswith(package)])


def send_build_folder(connection, exhibit):
    """Send the folder for everything that is made."""
    from enclave.base import paths

    connection.send(str(paths.BUILD))
