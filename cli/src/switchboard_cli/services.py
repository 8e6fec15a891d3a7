"""Which services there are. Imports nothing, so that the commands' options can use it."""

BACKENDS = ("tenancy", "booking", "assistant_sync")
"""The services with tables, by importable name, which is also their schema's."""
