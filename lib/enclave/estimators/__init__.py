"""One method per module: a panel in, a tidy table out."""
