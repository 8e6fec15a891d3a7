"""How senders and users prove who they are: API keys and webhook credentials."""
