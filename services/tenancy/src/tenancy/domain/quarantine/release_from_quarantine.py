"""Handing out what waited in quarantine, once its evidence names somebody, and forgetting what has expired."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from chassis.errors import DomainError
from chassis.logs import get_logger
from tenancy.domain.errors import MalformedOrganizationId, QuarantinedMessageNotFound
from tenancy.domain.ports import Quarantine
from tenancy.domain.quarantine.message import CLAIMED, LONGEST_LEASE, MOST_CLAIMED, Unsealed
from tenancy.domain.text import uuid_of

_SECONDS_BETWEEN_PASSES = 60.0

_log = get_logger()


async def claim_quarantined_messages(quarantine: Quarantine, *, lease_seconds: int, limit: int) -> Sequence[Unsealed]:
    """The due messages of one line, in the order in which they were received; of nobody else's meanwhile.

    Raises SealedWithUnknownKey.
    """
    lease = min(timedelta(seconds=max(lease_seconds, 1)), LONGEST_LEASE)
    return await quarantine.claim(lease, min(limit, MOST_CLAIMED) if limit > 0 else CLAIMED)


async def finish_quarantined_message(quarantine: Quarantine, message_id: str, organization_id: str) -> None:
    """Tell whose a claimed message was; nobody's if the organization is empty. What was delivered stays delivered.

    Raises QuarantinedMessageNotFound, MalformedOrganizationId.
    """
    organization, established = uuid_of(organization_id), uuid_of(message_id)
    if organization_id and organization is None:
        raise MalformedOrganizationId
    if established is None or not await quarantine.finish(established, organization):
        raise QuarantinedMessageNotFound


async def keep_forgetting_expired_messages(
    quarantine: Quarantine, *, seconds_between_passes: float = _SECONDS_BETWEEN_PASSES
) -> None:
    """Until cancelled. What has expired is never shown; this is for it not to lie about."""
    while True:
        try:
            if forgotten := await quarantine.forget_expired():
                _log.info("quarantined messages have expired", count=forgotten)
        except DomainError as error:
            _log.warning("expired messages could not be forgotten", reason=error.reason)
        await asyncio.sleep(seconds_between_passes)
