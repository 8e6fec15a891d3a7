"""The calls themselves."""
