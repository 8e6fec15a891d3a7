"""The calls that Vapi has: what it told of them once and never arrived, and where they were recorded."""
