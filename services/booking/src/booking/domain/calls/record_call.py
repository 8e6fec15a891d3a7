"""Calls: recorded from what Vapi tells of them, and read."""

from dataclasses import replace
from uuid import UUID

from booking.domain.calls.call import Call, CallRecord, richer
from booking.domain.errors import CallNotFound
from booking.domain.paging import Page, page_of
from booking.domain.ports import Unit
from booking.domain.schedule.appointments import Position


async def record_call(unit: Unit, told: CallRecord) -> Call:
    """The call, with what is told added to what is known of it. One that has ended keeps no slot for anybody."""
    if told.has_ended:
        # Before the call's own row: whoever books from a hold has the hold first.
        await unit.lock_holds(told.vapi_call_id)
        await unit.release_holds(told.vapi_call_id)
    known = await unit.call_to_record(told.vapi_call_id)
    record = richer(known.record, told.of_nobody() if known.erased else told)
    if record != known.record:
        await unit.change_call(known.id, record)
    return replace(known, record=record, has_recording=known.has_recording or bool(record.recording_urls))


async def list_calls(unit: Unit, after: Position | None, page_size: int) -> Page[Call]:
    """The latest first, without transcripts and structured data."""
    return await page_of(lambda limit: unit.calls(after, limit), page_size)


async def get_call(unit: Unit, call_id: UUID) -> Call:
    """Raises CallNotFound."""
    found = await unit.call(call_id)
    if found is None:
        raise CallNotFound
    return found
