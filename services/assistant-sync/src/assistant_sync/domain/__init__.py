"""What an agent is, what its assistant in Vapi shall be, and how it becomes so."""
