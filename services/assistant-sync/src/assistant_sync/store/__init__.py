"""The tables of this service; nothing but domain objects leaves this room."""
