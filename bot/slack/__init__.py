"""The door to Slack: requests in (HTTP or Socket Mode), calls out."""
