"""The font of the book, and how it was cut."""
