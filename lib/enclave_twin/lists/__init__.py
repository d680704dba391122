"""Which lists of treated pairs the printed tables allow (`data/lists`). It needs no counts and no register.

options     the pairs and years that documents allow, with their evidence: the rule in its order
ratios      the sixteen conditions of Tables 2 and 4 on a list
counting    all lists of a class, one by one
parts       the same part by part, so that a stopped count continues
proofs      how many lower parks a list needs at least, as proven by a linear program
search      annealing and walks over classes that are too large to count
candidates  the lists that the rule chooses
run         the result files: `python -m enclave_twin.lists.run`
"""
