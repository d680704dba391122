"""`python -m enclave_book` is the command `enclave`."""

import sys

from enclave_book.cli import main

sys.exit(main())
