"""Executed notebooks and pages to a book."""
