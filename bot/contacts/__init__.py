"""Filling a list from a file: reading, mapping and checking its rows, and the views for each step."""
