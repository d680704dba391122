"""A campaign of damage: raw files of small synthetic registers are changed at random, and the outcomes are sorted.

`make mutate N=1000 SEED=1` runs it (`campaign.run`). `registers` makes the sound deliveries, the modules of
`campaign.kinds` change one thing in one of them, and `judge` says what became of it: refused, the same panels, panels
that differ as the changed records explain, or a fault of the book. `data/campaign` keeps the results.
"""
