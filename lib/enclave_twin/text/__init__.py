"""Text of the synthetic tables: words, names of firms, ways to write a city, data errors."""
