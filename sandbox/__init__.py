"""A local Slack workspace and a local Kore.ai: what the demo shows and what the tests run against."""
