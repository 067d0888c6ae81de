"""The jobs in the store, for the operator: what is open, what went wrong, and why."""
