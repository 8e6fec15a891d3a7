"""Calendars outside: connected, looked after, and let go."""

from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from booking.domain.errors import MalformedBusySource, MalformedConnection
from booking.domain.outside.busy_sources import secure_url
from booking.domain.outside.connections import LONGEST_CREDENTIAL, Account, Connection, Drift
from booking.domain.ports import Connections
from booking.domain.schedule.appointments import Position
from chassis.paging import Page, page_of
from chassis.tenant import TenantId


async def connect_calendar(
    connections: Connections, tenant: TenantId, now: datetime, calendar_id: UUID, account: Account, *, with_names: bool
) -> Connection:
    """Raises MalformedConnection, CalendarNotFound, TooManyConnections."""
    url = _collection_url(account.url)
    username = _credential(account.username, "username")
    if ":" in username:  # it ends there (RFC 7617)
        raise MalformedConnection("username")
    connection = Connection(uuid4(), calendar_id, url, username, with_names, now)
    await connections.add(tenant, connection, _credential(account.password, "password"), now)
    return connection


async def replace_password(
    connections: Connections, tenant: TenantId, now: datetime, connection_id: UUID, password: str
) -> Connection:
    """Raises MalformedConnection, ConnectionNotFound."""
    await connections.replace_password(tenant, connection_id, _credential(password, "password"), now)
    return await connections.get(tenant, connection_id)


async def list_drift(
    connections: Connections,
    tenant: TenantId,
    now: datetime,
    *,
    calendar_id: UUID | None,
    after: Position | None,
    page_size: int,
) -> Page[Drift]:
    return await page_of(lambda most: connections.drift(tenant, calendar_id, now, after, most), page_size)


def _collection_url(text: str) -> str:
    """As it is asked: a collection's address ends with a slash."""
    try:
        url = secure_url(text)
    except MalformedBusySource:
        raise MalformedConnection("url") from None
    if not text.strip().lower().startswith("https://") or urlsplit(url).query:
        raise MalformedConnection("url")
    return url if url.endswith("/") else f"{url}/"


def _credential(text: str, field: str) -> str:
    if not text or len(text) > LONGEST_CREDENTIAL or not text.isprintable():
        raise MalformedConnection(field)
    return text
