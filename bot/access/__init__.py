"""Who may use the bot, where, and how much: asked before every handler, answered at once."""
