"""What a driver's error means for whoever waits: the database is away, or too slow."""

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from chassis.errors import ChassisError, Kind


class DatabaseUnavailable(ChassisError, kind=Kind.UNAVAILABLE, reason="DATABASE_UNAVAILABLE"):
    """The database is away, or rolled the work back; asking again is right."""


class DatabaseTooSlow(ChassisError, kind=Kind.DEADLINE, reason="DATABASE_TOO_SLOW"):
    """A statement or the wait for a lock was cancelled when its time was up."""


_CANCELLED_IN_TIME = {
    "57014",  # query_canceled: statement_timeout
    "55P03",  # lock_not_available: lock_timeout
}
_AWAY_OR_ROLLED_BACK = {
    "40001",  # serialization_failure
    "40P01",  # deadlock_detected
    "57P01",  # admin_shutdown
    "57P02",  # crash_shutdown
    "57P03",  # cannot_connect_now
    "53300",  # too_many_connections
}


def database_state(error: DBAPIError | PoolTimeout) -> ChassisError | None:
    """The state behind an error of the driver or the pool; None if the statement itself is at fault."""
    if isinstance(error, PoolTimeout):
        return DatabaseUnavailable()
    sqlstate = getattr(error.orig, "sqlstate", None)
    if sqlstate in _CANCELLED_IN_TIME:
        return DatabaseTooSlow()
    away = error.connection_invalidated or isinstance(error, OperationalError | InterfaceError)
    return DatabaseUnavailable() if away or sqlstate in _AWAY_OR_ROLLED_BACK else None
