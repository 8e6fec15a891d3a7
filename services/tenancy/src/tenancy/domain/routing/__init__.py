"""Whose call it is, and what changes about that."""
