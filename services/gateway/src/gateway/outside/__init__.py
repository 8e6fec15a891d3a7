"""What the gateway asks of the world outside: of the live call that a message tells of."""
