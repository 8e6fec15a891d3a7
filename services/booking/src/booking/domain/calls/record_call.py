"""Calls: recorded from what Vapi tells of them, and read."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from booking.domain.calls.call import Call, CallRecord, richer
from booking.domain.errors import CallNotFound, RecordingNotFound
from booking.domain.ports import Unit
from booking.domain.schedule.appointments import Position
from chassis.paging import Page, page_of


async def record_call(unit: Unit, told: CallRecord, made_at: datetime | None = None) -> Call:
    """The call, with what is told added to what is known of it. One that has ended keeps no slot for anybody.

    `made_at` is when Vapi made it, if it tells. Who was erased since the call began is nobody in it.
    """
    if told.has_ended:
        # Before the call's own row: whoever books from a hold has the hold first.
        await unit.lock_holds(told.vapi_call_id)
        await unit.release_holds(told.vapi_call_id)
    await unit.share_erased_numbers()
    known = await unit.call_to_record(told.vapi_call_id)
    if not known.erased and await _was_before_an_erasure(unit, known, told, made_at):
        await unit.erase_late_call(told.vapi_call_id)
        known = replace(known, record=known.record.of_nobody(), erased=True, has_recording=False)
    record = richer(known.record, told.of_nobody() if known.erased else told)
    if record != known.record:
        await unit.change_call(known.id, record)
    return replace(known, record=record, has_recording=known.has_recording or bool(record.recording_urls))


async def _was_before_an_erasure(unit: Unit, known: Call, told: CallRecord, made_at: datetime | None) -> bool:
    both = richer(known.record, told)
    if both.caller_number is None:
        return False
    erased_at = await unit.number_erased_at(both.caller_number, told.vapi_call_id)
    return erased_at is not None and min(filter(None, (both.started_at, made_at, known.created_at))) < erased_at


async def list_calls(unit: Unit, after: Position | None, page_size: int) -> Page[Call]:
    """The latest first, without transcripts and structured data."""
    return await page_of(lambda limit: unit.calls(after, limit), page_size)


async def get_call(unit: Unit, call_id: UUID) -> Call:
    """Raises CallNotFound."""
    found = await unit.call(call_id)
    if found is None:
        raise CallNotFound
    return found


async def recorded_call(unit: Unit, call_id: UUID) -> Call:
    """The call whose recording somebody asks for. Raises CallNotFound, RecordingNotFound."""
    found = await get_call(unit, call_id)
    if found.erased:
        raise RecordingNotFound
    return found


async def list_unreported_calls(unit: Unit, vapi_call_ids: Sequence[str]) -> list[str]:
    """Those of which no report was recorded, in the same order."""
    reported = await unit.reported_among(vapi_call_ids)
    return [one for one in vapi_call_ids if one not in reported]
