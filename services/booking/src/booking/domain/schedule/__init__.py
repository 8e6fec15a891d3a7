"""What can be booked, when, and what has been."""
