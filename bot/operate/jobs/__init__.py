"""The jobs in the store, for the one who runs the bot: what is open, what went wrong, and why."""
