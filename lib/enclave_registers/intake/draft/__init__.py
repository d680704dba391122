"""A first map of a delivery, guessed from headers and values. Every guess is marked, and none is used unseen."""
