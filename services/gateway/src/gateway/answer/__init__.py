"""What is done with a message, and what is answered."""
