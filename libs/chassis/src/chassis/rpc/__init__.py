"""gRPC as every service speaks it: who calls, for which organization, until when, and what went wrong."""

MESSAGE_LIMIT = 4 * 1024 * 1024
"""Bytes of the largest message, both ways."""
