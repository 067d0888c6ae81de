"""`python -m bot doctor`: everything that can be wrong, checked in order, and nothing changed."""
