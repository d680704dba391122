"""The synthetic twin: a count process, the registers written from its counts, and what was hidden in them.

Nothing here describes a real firm, stake, branch or plot.
"""
