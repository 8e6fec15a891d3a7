"""How much is taken on: of whom in a minute, and of all at once."""
