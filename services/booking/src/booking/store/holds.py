"""Holds: rows of appointments that belong to a call and to nobody yet, within the same constraint."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from booking.domain.schedule.appointments import Slot, Status
from booking.store._occupying import period_range, place
from booking.store.locks import LockQueries
from booking.store.tables import appointments

_FORGOTTEN_AFTER = timedelta(days=1)


class HoldQueries(LockQueries):
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
                told_to=self.asking.caller_number,
                held_until=until,
            )
            .on_conflict_do_nothing()
            .returning(appointments.c.id)
        )
        hold_id: UUID | None = created.scalar_one_or_none()
        return hold_id

    async def clear_holds(self, slot: Slot) -> None:
        """Holds that are over, or for the asker's number, go out of the way; the asker's own from anywhere.

        So do those that have long been over, wherever nobody else has come: they tell who called.
        """
        in_the_way = (appointments.c.calendar_id == slot.calendar.id) & appointments.c.occupied.overlaps(
            period_range(slot.occupied)
        )
        over = appointments.c.held_until <= self.asking.now
        if self.asking.caller_number is not None:
            over |= appointments.c.told_to == self.asking.caller_number
        long_over = appointments.c.held_until + _FORGOTTEN_AFTER <= self.asking.now
        # One after another: somebody else may be clearing the same ones, the asker's out of their way.
        cleared = (
            select(appointments.c.id)
            .where(*self._holds(), (in_the_way & over) | self._own() | long_over)
            .order_by(appointments.c.id)
            .with_for_update()
            .cte("cleared")
        )
        await self.session.execute(
            delete(appointments).where(*self._holds(), appointments.c.id.in_(select(cleared.c.id)))
        )

    def _holds(self) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        return appointments.c.org_id == self.tenant, appointments.c.status == Status.HELD.value

    def _own(self) -> ColumnElement[bool]:
        return appointments.c.vapi_call_id == self.asking.conversation_id
