"""Names, addresses and their errors."""
