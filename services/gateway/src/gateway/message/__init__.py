"""What Vapi sends, read: its server messages, the tool calls in them, what they say about whose they are."""
