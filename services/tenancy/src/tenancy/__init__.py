"""Whose call is it? Organizations, their phone numbers, assistants and API keys, and the rule that weighs evidence."""
