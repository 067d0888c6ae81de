"""The workspace in the browser."""
