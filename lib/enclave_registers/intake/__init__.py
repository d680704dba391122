"""Delivered files to validated tables."""
