"""The commands of the book, on every system: `python run.py book`. `python run.py help` lists them.

`make book` does the same. This file must be readable for any Python, so that one that is too old can say so.
"""

import os
import sys

OLDEST = (3, 11)
NEWEST = (3, 14)


def refuse_other_pythons(version):
    """End with one line if the lock has no files for a Python of this version (major, minor)."""
    if not OLDEST <= tuple(version[:2]) <= NEWEST:
        text = "Python 3.{} to 3.{} is needed, and this is Python {}.{}. Install one of them, or name it: "
        remedy = "python3.13 run.py book, or make PYTHON=python3.13 book."
        sys.exit(text.format(OLDEST[1], NEWEST[1], version[0], version[1]) + remedy)


if __name__ == "__main__":
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    refuse_other_pythons(sys.version_info)
    from tools import commands

    sys.exit(commands.main(sys.argv[1:]))
