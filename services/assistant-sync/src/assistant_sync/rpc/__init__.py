"""AgentService: gRPC on the outside, the use-cases inside."""
