"""A local Slack that is as strict as the real one."""
