"""What came of calls, in figures."""
