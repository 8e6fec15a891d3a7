"""The promise that no organization sees another's rows, asked of a real database.

`promise`: what a service's schema promises. `catalogue` reads what PostgreSQL says about tables, keys, roles and
functions; `attempts` tries every verb on every table as somebody else. Both find the tables themselves, so that a table
added tomorrow is checked tomorrow.
"""
