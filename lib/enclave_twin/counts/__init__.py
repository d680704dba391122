"""Synthetic counts."""
