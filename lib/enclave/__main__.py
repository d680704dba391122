"""`python -m enclave` is the command `enclave`."""

import sys

from enclave.cli import main

sys.exit(main())
