"""The local stack: everything that `switchboard up` starts, watches and stops."""
