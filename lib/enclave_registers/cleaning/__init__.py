"""Raw tables to panels: one module per raw table, steps in the order of the paper."""
