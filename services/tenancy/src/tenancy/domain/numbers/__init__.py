"""Phone numbers: whose, since when, until when."""
