"""A campaign of damage: raw files of small synthetic registers are changed at random, and the outcomes are sorted.

`make mutate N=1000 SEED=1` runs it (`campaign.run`). `registers` makes the sound deliveries, the modules of
`campaign.kinds` change one thing in one of them, and `judge` says what became of it (`outcomes`). `data/campaign` keeps
the results. The second programs that explain a change are in `tests/support`.
"""

import sys

from enclave.base import paths

SUPPORT = str(paths.TESTS / "support")
if SUPPORT not in sys.path:
    sys.path.append(SUPPORT)
