"""Looking at what is in quarantine."""

from chassis.paging import Page, page_of
from tenancy.domain.errors import QuarantinedMessageNotFound
from tenancy.domain.ports import Quarantine
from tenancy.domain.quarantine.message import QuarantinedMessage, Unsealed
from tenancy.domain.text import uuid_of


async def list_quarantined_messages(
    quarantine: Quarantine, *, after: int | None, page_size: int
) -> Page[QuarantinedMessage]:
    """Oldest first, without their bodies."""
    return await page_of(lambda limit: quarantine.after(after, limit), page_size)


async def read_quarantined_message(quarantine: Quarantine, message_id: str) -> Unsealed:
    """One message with its body; who reads it is recorded. Raises QuarantinedMessageNotFound, SealedWithUnknownKey."""
    established = uuid_of(message_id)
    unsealed = None if established is None else await quarantine.read(established)
    if unsealed is None:
        raise QuarantinedMessageNotFound
    return unsealed
