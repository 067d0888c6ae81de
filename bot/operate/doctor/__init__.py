"""`python -m bot doctor`: everything that can be wrong, looked at in order, and nothing changed."""
