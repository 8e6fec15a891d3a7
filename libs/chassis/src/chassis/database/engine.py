"""The one way to a service's tables.

`tenant_transaction(tenant)` opens a transaction that sees the rows of one organization. The tenant is set when the
transaction begins, as a transaction-local setting, so no pooled connection can carry it to somebody else: not after an
error, not after a cancelled task.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from typing import Any

from sqlalchemy import Connection, Executable, Row, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import Session, SessionTransaction

from chassis.database.faults import DatabaseUnavailable, database_state
from chassis.database.notifications import heard_on
from chassis.database.timed_statements import time_statements
from chassis.database.traced_statements import trace_statements
from chassis.deadline import remaining
from chassis.logs import get_logger
from chassis.tenant import TenantId

STATEMENT_TIMEOUT = 5.0
"""Seconds a statement may take where no deadline says otherwise."""

LOCK_TIMEOUT = 1.5
"""Seconds a statement may wait for a lock."""

CONNECT_TIMEOUT = 2.0
"""Seconds a new connection may take."""

POOL_TIMEOUT = 2.0
"""Seconds a unit of work may wait for one of the pool's connections."""

_SCOPE = text(
    "select set_config('app.org_id', :tenant, true),"
    " set_config('statement_timeout', :statement_timeout, true),"
    " set_config('lock_timeout', :lock_timeout, true)"
)

_log = get_logger()


class _ScopedSession(Session):
    """A session whose transactions begin by saying for whom and for how long."""


@event.listens_for(_ScopedSession, "after_begin")
def _open_scope(session: Session, _transaction: SessionTransaction, connection: Connection) -> None:
    left = remaining()
    statement_timeout = STATEMENT_TIMEOUT if left is None else max(min(left, STATEMENT_TIMEOUT), 0.001)
    connection.execute(
        _SCOPE,
        {
            "tenant": session.info["tenant"],
            "statement_timeout": _milliseconds(statement_timeout),
            "lock_timeout": _milliseconds(min(LOCK_TIMEOUT, statement_timeout)),
        },
    )


class Database:
    """A service's database, as its application role."""

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        self._engine = create_async_engine(
            async_url(url),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=POOL_TIMEOUT,
            pool_pre_ping=False,
            connect_args={
                "timeout": CONNECT_TIMEOUT,
                "server_settings": {
                    "application_name": "switchboard",
                    # For statements outside of a transaction; each transaction sets its own.
                    "statement_timeout": _milliseconds(STATEMENT_TIMEOUT),
                    "lock_timeout": _milliseconds(LOCK_TIMEOUT),
                },
            },
        )
        event.listen(self._engine.sync_engine, "checkout", _only_if_it_is_open)
        trace_statements(self._engine.sync_engine)
        time_statements(self._engine.sync_engine)
        self._without_transaction = self._engine.execution_options(isolation_level="AUTOCOMMIT")

    def tenant_transaction(self, tenant: TenantId) -> AbstractAsyncContextManager[AsyncSession]:
        """One use-case's transaction: committed at the end of the block, rolled back if it raises.

        Raises DatabaseUnavailable, DatabaseTooSlow for what the database does to it; after a DatabaseUnavailable at
        its end it is not known whether it was committed.
        """
        return self._transaction(str(tenant))

    def directory_transaction(self) -> AbstractAsyncContextManager[AsyncSession]:
        """A transaction of no tenant: row security shows it nothing; it is for the directory's functions."""
        return self._transaction("")

    async def directory_query(
        self, statement: Executable, parameters: Mapping[str, Any] | None = None
    ) -> Sequence[Row[Any]]:
        """The rows of one reading of the directory's functions, in one round trip: no transaction, no tenant.

        Raises as directory_transaction does; may take STATEMENT_TIMEOUT, whatever the deadline.
        """
        with _states(), _unreachable():
            async with self._without_transaction.connect() as connection:
                return (await connection.execute(statement, parameters)).all()

    @asynccontextmanager
    async def listen(self, channel: str) -> AsyncIterator[AsyncGenerator[str, None]]:
        """The payloads that are notified on a channel, on a connection beside the pool's. Raises DatabaseUnavailable.

        The iterator raises it too, at most 2 seconds after the connection is lost; what is sent then is not heard.
        """
        async with AsyncExitStack() as stack:
            with _states(), _unreachable():
                connection = await stack.enter_async_context(self._engine.connect())
                pooled = await connection.get_raw_connection()
            driver = pooled.driver_connection
            pooled.detach()  # the pool opens another in its place when it needs one
            yield await stack.enter_async_context(heard_on(driver, channel))

    async def close(self) -> None:
        await self._engine.dispose()

    @asynccontextmanager
    async def _transaction(self, tenant: str) -> AsyncIterator[AsyncSession]:
        with _states():
            async with self._session(tenant) as session, session.begin():
                with _unreachable():
                    await session.connection()
                yield session

    def _session(self, tenant: str) -> AsyncSession:
        return AsyncSession(
            self._engine,
            sync_session_class=_ScopedSession,
            info={"tenant": tenant},
            expire_on_commit=False,
            autoflush=False,
        )


def _only_if_it_is_open(connection: Any, _record: object, _fairy: object) -> None:
    """Have the pool open another in the place of one whose end the driver was told of while it lay idle.

    What a ping before each transaction would find too, for a round trip each time.
    """
    if connection.driver_connection.is_closed():
        raise DisconnectionError


@contextmanager
def _states() -> Iterator[None]:
    """What the database did not do becomes a state; what the statement did wrong stays what it is."""
    try:
        yield
    except (DBAPIError, PoolTimeout) as error:
        if (state := database_state(error)) is None:
            raise
        _log.warning("the database did not do its part", exc_info=error, reason=state.reason)
        raise state from error


@contextmanager
def _unreachable() -> Iterator[None]:
    """Not every failure to connect is wrapped by SQLAlchemy."""
    try:
        yield
    except OSError as error:
        _log.warning("the database cannot be reached", exc_info=error)
        raise DatabaseUnavailable from error


def async_url(url: str) -> URL:
    """The URL with the driver we use; `postgres://` and `postgresql://` are accepted."""
    parsed = make_url(url)
    return parsed.set(drivername="postgresql+asyncpg")


def _milliseconds(seconds: float) -> str:
    return str(max(1, round(seconds * 1000)))
