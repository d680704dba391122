"""Notebooks: what they contain, and how they run."""
