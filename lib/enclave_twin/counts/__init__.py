"""Processes that draw synthetic counts, and their expansion into single links and branches."""
