"""Kore.ai's contact-list API: a pure protocol and one client. Imports nothing of the bot but `errors`."""
