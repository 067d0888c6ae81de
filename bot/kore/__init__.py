"""Kore.ai's contact-list API: a pure protocol, and one small client that speaks it."""
