"""The organizations' phone numbers, as they shall be in Vapi."""
