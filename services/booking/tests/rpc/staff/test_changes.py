"""What was done to appointments is noted with who did it, whoever did."""

from typing import Any

import asyncpg
import pytest

from chassis.testing.databases import ServiceDatabase
from services.booking.tests.rpc.staff.conftest import Clinic
from switchboard.booking.v1 import receptionist_service_pb2 as receptionist_pb2
from switchboard.booking.v1.appointment_service_pb2 import Appointment

CHANGES = """
SELECT change, by_assistant, conversation_id FROM booking.appointment_changes
WHERE org_id = $1 ORDER BY at, change
"""
IN_CALL = {"vapi_call_id": "call-1"}


@pytest.fixture
async def changes(service_database: ServiceDatabase, desk: Clinic) -> Any:
    """`await changes()`: all that was done, in order."""

    async def read() -> list[tuple[Any, ...]]:
        connection = await asyncpg.connect(service_database.superuser_url)
        try:
            return [tuple(row) for row in await connection.fetch(CHANGES, desk.tenant)]
        finally:
            await connection.close()

    return read


async def test_what_a_caller_has_done_is_noted_with_the_call(desk: Clinic, changes: Any) -> None:
    await desk.book(**IN_CALL)
    moving = receptionist_pb2.RescheduleAppointmentRequest
    await desk.use("RescheduleAppointment", moving, new_date="2026-12-02", new_time="11:00", **IN_CALL)
    await desk.use("CancelAppointment", receptionist_pb2.CancelAppointmentRequest, vapi_call_id="call-2")

    assert await changes() == [
        ("booked", True, "call-1"),
        ("moved", True, "call-1"),
        ("cancelled", True, "call-2"),
    ]


async def test_what_staff_do_is_noted_as_theirs(desk: Clinic, changes: Any) -> None:
    made = await desk.make_appointment((await desk.contact()).id, "10:00")
    await desk.change_appointment(made.id, calendar_id=desk.other_calendar_id)
    await desk.change_appointment(made.id, status=Appointment.CANCELLED)

    assert await changes() == [("booked", False, None), ("moved", False, None), ("cancelled", False, None)]


async def test_a_booking_that_belongs_to_no_call_is_an_assistants_all_the_same(desk: Clinic, changes: Any) -> None:
    await desk.book(vapi_call_id="", tool_call_id="")

    assert await changes() == [("booked", True, None)]


async def test_what_is_replayed_or_refused_or_changes_nothing_is_not_noted(desk: Clinic, changes: Any) -> None:
    for _ in range(2):
        await desk.book(tool_call_id="tool-1", **IN_CALL)
    await desk.book(appointment_date="2026-12-05", **IN_CALL)
    for _ in range(2):
        await desk.use("CancelAppointment", receptionist_pb2.CancelAppointmentRequest, **IN_CALL)

    assert [change for change, *_ in await changes()] == ["booked", "cancelled"]


async def test_an_erasure_cancels_as_staff_and_leaves_what_was_done(desk: Clinic, changes: Any) -> None:
    await desk.book(**IN_CALL)
    (booked,) = await desk.appointments()
    await desk.erase(booked.contact_id)

    assert await changes() == [("booked", True, "call-1"), ("cancelled", False, None)]
