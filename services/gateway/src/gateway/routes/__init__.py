"""What the gateway answers, by who asks: Vapi, an orchestrator, an organization."""
