"""Assistant sync: agents as they shall be in Vapi. The only service that calls Vapi's REST API."""
