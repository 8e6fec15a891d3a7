"""Booking's tables: the only place that knows SQL. Answers domain objects, never rows."""
