"""Seeing the contact lists that exist: commands, Home tab, and the warning of a taken name."""
