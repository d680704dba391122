"""What tests let a process of an exhibit do."""

import os


def send_hash(connection, text):
    """Send the hash of a text, which tells the order of sets, and the number of threads that libraries may use."""
    connection.send((hash(text), os.environ["OMP_NUM_THREADS"]))


def die(connection, exhibit):
    """End without an answer, as a process that the system kills."""
    os._exit(9)
