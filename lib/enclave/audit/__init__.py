"""What printed numbers allow: intervals of rounded numbers, and whether several of them can be true together.

Nothing here reads data. Each function takes numbers as they are printed, as text, and says what they leave open.
"""
