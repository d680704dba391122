"""What notebooks declare, and how they run."""
