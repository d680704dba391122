"""Files of each format to frames of raw cells."""
