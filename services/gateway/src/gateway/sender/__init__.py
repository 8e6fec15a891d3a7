"""Who sent a message, and whose it is."""
