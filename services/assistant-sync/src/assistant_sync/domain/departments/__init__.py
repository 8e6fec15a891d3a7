"""Whom callers can be put through to."""
