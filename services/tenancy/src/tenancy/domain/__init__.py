"""Rules and use-cases. Knows nothing of gRPC and SQL."""
