"""Raw cells to typed and checked values."""
