"""What an assistant does for a caller, and what is said of it."""
