"""Tool calls: which RPC each is, carried out, and what it wants done to the live call."""
