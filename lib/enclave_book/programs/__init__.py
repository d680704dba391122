"""The same numbers by other programs: scripts in R and Stata, what they printed, and on which panels they ran."""
