"""The administrator's verbs: what the gateway's HTTP API offers, from a terminal. One module a noun."""
