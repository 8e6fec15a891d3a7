"""What is kept of messages, by the services that keep it: calls, what happened in them, and what is nobody's."""
