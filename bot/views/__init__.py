"""Every view, message and sentence that a person in Slack sees, and reading views back. Pure: no I/O."""
