"""`python -m bot doctor`: checks everything that can be wrong, in order, and changes nothing."""
