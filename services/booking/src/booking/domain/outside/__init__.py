"""Calendars elsewhere: what is shown to them, and what they keep busy."""
