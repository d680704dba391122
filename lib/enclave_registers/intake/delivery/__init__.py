"""Which files a delivery has, and what its map says about them."""
