"""Roll-outs: another URL for all assistants, tools and phone numbers, some first, the rest when these have it."""
