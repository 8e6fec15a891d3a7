"""`switchboard tunnel`: this machine's gateway as Vapi reaches it, for as long as a tunnel runs."""
