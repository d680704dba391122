"""What a delivery was understood as: shares, counts and medians of its six valid tables, and the limits of each.

A table may be valid and still be read otherwise than its holder means it: a province in another spelling, codes that
lost their zeros, amounts in another unit. Here the tables are looked at as the cleaning will read them. `table.lines`
begins; no line and no message quotes a value of a record.
"""
