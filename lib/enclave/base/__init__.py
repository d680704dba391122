"""Paths, files, errors, and what a source of data is."""
