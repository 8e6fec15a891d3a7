"""What in Vapi differs from what an organization has here."""
