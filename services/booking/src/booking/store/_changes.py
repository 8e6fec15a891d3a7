"""What was done to appointments: noted in the transaction, and the statement, that does it."""

from typing import Any

from sqlalchemy import CTE, bindparam, literal_column, select
from sqlalchemy import insert as insert_into

from booking.domain.schedule.changes import Change
from booking.store.tables import appointment_changes
from booking.store.transaction import InTransaction

_NOTED = appointment_changes.c


def noted(change: Change, done: CTE) -> CTE:
    """A note of each appointment whose id another statement, which did it, returned. It takes `noting` to run."""
    values = {
        _NOTED.org_id.name: bindparam("tenant", type_=_NOTED.org_id.type),
        _NOTED.appointment_id.name: done.c.id,
        _NOTED.change.name: literal_column(f"'{change.value}'", _NOTED.change.type),
        _NOTED.by_assistant.name: bindparam("by_assistant", type_=_NOTED.by_assistant.type),
        _NOTED.conversation_id.name: bindparam("conversation", type_=_NOTED.conversation_id.type),
    }
    return insert_into(appointment_changes).from_select(list(values), select(*values.values())).cte("noted")


class ChangeQueries(InTransaction):
    @property
    def noting(self) -> dict[str, Any]:
        """For whom `noted` notes, and who has it done."""
        return {
            "tenant": self.tenant,
            "by_assistant": self.asking.is_assistant,
            "conversation": self.asking.conversation_id,
        }
