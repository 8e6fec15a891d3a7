"""Booking's one transaction at a time, on PostgreSQL."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from booking.domain.schedule.grounds import Grounds
from booking.domain.schedule.holds import Asking
from booking.store.appointments import AppointmentQueries
from booking.store.calendars import CalendarQueries
from booking.store.call_events import CallEventQueries
from booking.store.contacts import ContactQueries
from booking.store.misses import MissQueries
from booking.store.patients_appointments import PatientsAppointmentQueries
from booking.store.staffs_appointments import StaffsAppointmentQueries
from booking.store.tool_calls import ToolCallQueries
from chassis.database.engine import Database
from chassis.encryption import Sealer
from chassis.tenant import TenantId

_NOBODY = Asking(datetime.min.replace(tzinfo=UTC))
"""Before whom no hold is over."""


class PostgresUnit(
    CalendarQueries,
    ContactQueries,
    AppointmentQueries,
    PatientsAppointmentQueries,
    MissQueries,
    StaffsAppointmentQueries,
    ToolCallQueries,
    CallEventQueries,
):
    """All queries of one transaction for one organization (`booking.domain.ports.Unit`)."""

    def __init__(self, session: AsyncSession, tenant: TenantId, asking: Asking | None, sealer: Sealer) -> None:
        self.session = session
        self.tenant = tenant
        self.sealer = sealer
        self.asking = asking or _NOBODY
        self.grounds: Grounds | None = None

    def decide_by(self, grounds: Grounds) -> None:
        self.grounds = self.grounds or grounds


class PostgresStore:
    """`booking.domain.ports.Store` on a database."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer

    @asynccontextmanager
    async def unit(self, tenant: TenantId, asking: Asking | None = None) -> AsyncIterator[PostgresUnit]:
        async with self._database.tenant_transaction(tenant) as session:
            yield PostgresUnit(session, tenant, asking, self._sealer)
