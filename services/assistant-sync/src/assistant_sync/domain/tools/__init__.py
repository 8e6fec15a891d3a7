"""The tools that assistants may call, as they are published to the Vapi account that all organizations share."""
