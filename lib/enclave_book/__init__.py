"""From raw registers to the rendered book: each step a task that runs only when one of its inputs changed."""
