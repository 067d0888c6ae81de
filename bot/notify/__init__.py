"""Notifying people: which routes a message may take, one person, and positions in the queue."""
