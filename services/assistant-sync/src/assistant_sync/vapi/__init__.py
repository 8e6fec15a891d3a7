"""Vapi's REST API, as far as this service uses it."""
