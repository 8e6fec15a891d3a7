"""A receptionist's back end as a competent team would ship it in one process: Starlette, SQLAlchemy's ORM, pydantic.

It works on the very tables, indexes, row security and exclusion constraint of the services, imports nothing of them,
and leaves out nothing that they do for the two tools. What a monolith can do better it does: one transaction and one
connection for a whole message.
"""
