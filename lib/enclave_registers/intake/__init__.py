"""Delivered files to validated tables.

A cell passes through three folders: `delivery` finds its file, `formats` reads the file, `values` gives the cell its
type and checks it. `convert` does so for a whole table and `validate` for all six.
"""
