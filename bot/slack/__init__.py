"""Slack's edge: Bolt's app, the HTTP adapter, Socket Mode, payload types, and the Web API client."""
