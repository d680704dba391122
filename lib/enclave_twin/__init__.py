"""Synthetic registers (the "twin"): target counts, the raw tables written from them, and a record of the truth.

Nothing in them describes a real firm, stake, branch or plot.

counts/    processes that draw counts of links, yearbook figures and land grants
tables/    one module per raw table: the records that cleaning must count, and the noise that it must drop
text/      words, names of firms, ways to write a city, data errors
blocks     registers of any size, made block by block
write      from target counts to the six raw tables
formats    the file formats of the raw tables
rehearsal  the same tables in the shape of another data supplier, with a map
commercial the same tables as commercial suppliers and websites give them, without a map
fit/       fits target counts to the numbers that the paper prints; not part of the build
lists/     which lists of treated pairs the printed numbers allow; it needs no counts; not part of the build
"""
