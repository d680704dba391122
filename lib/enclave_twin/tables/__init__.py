"""Synthetic raw tables, one module per table."""
