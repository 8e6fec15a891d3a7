"""The gateway: the only door for HTTP. HTTP in, gRPC out, nothing kept."""
