"""What an organization's assistants in Vapi shall be, and making them so."""
