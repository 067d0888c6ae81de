"""Filling a list from a file: reading, mapping and checking its rows, and the views that lead through it."""
