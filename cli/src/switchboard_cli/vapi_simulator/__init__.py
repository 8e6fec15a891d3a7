"""A stand-in for Vapi: its REST API with state and strictness, and calls played against a server URL."""
