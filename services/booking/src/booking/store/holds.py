"""Holds: rows of appointments that belong to a call and to nobody yet, within the same constraint."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CTE, ColumnElement, delete, text
from sqlalchemy.dialects.postgresql import insert as upsert

from booking.domain.schedule.appointments import Slot, Status
from booking.store._occupying import period_range, place
from booking.store.tables import appointments
from booking.store.transaction import InTransaction

_LOCK = text("select pg_advisory_xact_lock(hashtextextended(:holder, 0))")


class HoldQueries(InTransaction):
    async def lock_holds(self) -> None:
        await self.session.execute(_LOCK, {"holder": f"{self.tenant}/holds/{self.asking.conversation_id}"})

    async def hold(self, slot: Slot, until: datetime) -> UUID | None:
        await self.clear_holds(slot)
        created = await self.session.execute(
            upsert(appointments)
            .values(
                org_id=self.tenant,
                id=uuid4(),
                **place(slot),
                status=Status.HELD.value,
                vapi_call_id=self.asking.conversation_id,
                held_until=until,
            )
            .on_conflict_do_nothing()
            .returning(appointments.c.id)
        )
        hold_id: UUID | None = created.scalar_one_or_none()
        return hold_id

    async def clear_holds(self, slot: Slot) -> None:
        """Holds that are over go out of the slot's way, and the asker's own hold goes wherever it is."""
        in_the_way = (appointments.c.calendar_id == slot.calendar.id) & appointments.c.occupied.overlaps(
            period_range(slot.occupied)
        )
        over = appointments.c.held_until <= self.asking.now
        await self.session.execute(
            delete(appointments).where(
                appointments.c.org_id == self.tenant,
                appointments.c.status == Status.HELD.value,
                (in_the_way & over) | self._own(),
            )
        )

    def _own_hold(self) -> CTE:
        """Deletes the asker's own hold beside another statement: it has become what that one inserts."""
        held = appointments.c.status == Status.HELD.value
        return delete(appointments).where(appointments.c.org_id == self.tenant, held, self._own()).cte("own_hold")

    def _own(self) -> ColumnElement[bool]:
        return appointments.c.vapi_call_id == self.asking.conversation_id
