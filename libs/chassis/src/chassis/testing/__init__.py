"""What every room's tests stand on: a real PostgreSQL, real servers, a clock that stands still."""
