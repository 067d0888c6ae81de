"""Seeing existing contact lists: commands, Home tab, and the warning about a taken name."""
