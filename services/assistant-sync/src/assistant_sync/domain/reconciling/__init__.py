"""Work that makes Vapi what it shall be: who does it, when, and how fast."""
