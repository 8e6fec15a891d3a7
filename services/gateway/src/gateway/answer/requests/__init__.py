"""What Vapi asks of us itself: who answers, whom to put through to, what is known."""
