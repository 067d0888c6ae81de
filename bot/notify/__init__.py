"""Notifying people: the routes a message may take, notifying one person, and positions in the queue."""
