"""Fits the target counts to the numbers that the paper prints (`make twin-fit`). It is not part of the build.

run               a whole fit by one command
saved             its folder: what stages found, one fit at a time, the same inputs
start             a draw from the count process, then real numbers that give the printed ones, then whole numbers
stages            the last digits: coolings, pairs of moves, controls as whole figures
table_5           the counts of all industries and of branches
targets           the printed numbers as intervals
linear_forms      estimates and standard errors as linear and quadratic forms of the counts
continuous        counts as real numbers: damped Gauss-Newton steps
lattice           from real to whole numbers: lattice reduction (LLL) and Babai's nearest plane
annealing         simulated annealing of whole counts
annealing_moves   its inner loop, compiled
nested_annealing  annealing with rules that are slow to compute: the surrogate transition method
neutral_moves     moves that hardly change an estimate
controls          control variables of 2000 that give the columns with controls
yearbook          yearbook figures with the moments of Table 1
plausibility      rules of plausibility as a penalty
without_zeros     significance on cells with a link (claim C13) as a penalty
solution          a fit as the tables of target counts
pair_lists        search over lists of treated pairs
table_ratios      ratios between columns of Tables 2 and 4 that a list decides
thirteen_paths    whether a list can give the printed numbers, with few parameters per pair
"""
