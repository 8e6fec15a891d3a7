"""gRPC as every service speaks it: who calls, for which organization, until when, and what went wrong."""
