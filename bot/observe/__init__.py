"""What the operator sees of a running bot: logs without secrets, metrics, the audit line."""
