"""What was done to appointments: noted in the transaction, and the statement, that does it."""

from sqlalchemy import CTE, literal, select
from sqlalchemy import insert as insert_into

from booking.domain.schedule.changes import Change
from booking.store.tables import appointment_changes
from booking.store.transaction import InTransaction


class ChangeQueries(InTransaction):
    def _noted(self, change: Change, done: CTE) -> CTE:
        """A note of each appointment whose id another statement, which did it, returned."""
        noted = select(
            literal(self.tenant).label("org_id"),
            done.c.id.label("appointment_id"),
            literal(change.value).label("change"),
            literal(self.asking.is_assistant).label("by_assistant"),
            literal(self.asking.conversation_id, appointment_changes.c.conversation_id.type).label("conversation_id"),
        )
        columns = [column.name for column in noted.selected_columns]
        return insert_into(appointment_changes).from_select(columns, noted).cte("noted")
