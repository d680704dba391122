"""One look for all tables, figures and maps."""
