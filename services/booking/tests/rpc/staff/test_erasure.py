"""A person has what is kept of them, and is forgotten: no byte of them is left in any table."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from google.protobuf.json_format import MessageToDict

from booking.app import DOMAIN, add_services
from booking.store.postgres import PostgresStore
from chassis.testing.clock import StoppedClock
from chassis.testing.databases import ServiceDatabase
from chassis.testing.servers import served
from services.booking.tests.rpc.staff.conftest import Clinic
from switchboard.booking.v1.appointment_service_pb2 import Appointment
from switchboard.booking.v1.call_event_service_pb2 import CallEvent, RecordCallEventsRequest, ToolCallEvent
from switchboard.booking.v1.call_event_service_pb2_grpc import CallEventServiceStub
from switchboard.booking.v1.receptionist_service_pb2 import CancelAppointmentRequest, TellAppointmentsRequest

NUMBER = "+14155550177"
ADDRESS = "zebedee@example.com"
NAME = "Zebedee Quagmire"
CANARIES = ("zebedee", "quagmire", NUMBER, NUMBER[2:])
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'booking' AND tablename <> 'alembic_version'"
REASON = "Zebedee has a cold"
SUMMARY = f"{NAME} booked a consultation; his address is {ADDRESS}."
SAID: dict[str, Any] = {
    "summary": SUMMARY,
    "structured_data": f'{{"patient":"{NAME}"}}',
    "success_evaluation": f"{NAME} was helped.",
    "transcript": f"User: {NAME} here.",
    "recording_urls": {"mono": "https://storage.example.org/zebedee.wav"},
}
BEGINNING = datetime(2026, 11, 30, 17, 0, tzinfo=UTC)


@pytest.fixture
async def superuser(service_database: ServiceDatabase) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(service_database.superuser_url)
    yield connection
    await connection.close()


@pytest.fixture
def found_in(superuser: asyncpg.Connection, desk: Any) -> Any:
    """`await found_in()`: the tables in which a row of the clinic tells of the person, in whichever column."""

    async def search() -> set[str]:
        tables = [row[0] for row in await superuser.fetch(TABLES)]
        tell = "SELECT count(*) FROM booking.{} t WHERE org_id = $1 AND lower(t::text) LIKE ANY ($2)"
        anywhere = [f"%{canary}%" for canary in CANARIES]
        return {table for table in tables if await superuser.fetchval(tell.format(table), desk.tenant, anywhere)}

    return search


async def live(desk: Any, superuser: asyncpg.Connection, clock: Any) -> dict[str, str]:
    """Leaves something of the person wherever there can be something; answers the ids of the appointments."""
    person = {"patient_name": NAME, "caller_number": NUMBER, "patient_email": ADDRESS}
    past = await desk.book(**person, vapi_call_id="call-1", appointment_date="2026-11-30", appointment_time="13:00")
    to_come = await desk.book(**person, vapi_call_id="call-1", appointment_time="10:00")
    cancelled = await desk.book(**person, vapi_call_id="call-2", appointment_time="11:00")
    await desk.use(
        "CancelAppointment",
        CancelAppointmentRequest,
        appointment_id=cancelled.data["appointmentId"],
        reason=REASON,
        caller_number=NUMBER,
        vapi_call_id="call-3",
    )
    await desk.record_call("call-1", caller_number=NUMBER, started_at=BEGINNING, status="ended", **SAID)
    await desk.record_call("call-3", caller_number=NUMBER, **SAID)
    # Answers do not name people today; they might.
    await superuser.execute(
        "UPDATE booking.tool_calls SET say = say || $2 WHERE org_id = $1 AND conversation_id LIKE 'call-%'",
        desk.tenant,
        f" Goodbye, {NAME}.",
    )
    clock.now = BEGINNING + timedelta(hours=2)
    replies = {"past": past, "to come": to_come, "cancelled": cancelled}
    return {name: str(reply.data["appointmentId"]) for name, reply in replies.items()}


@pytest.fixture
async def gateway(desk: Clinic, store: PostgresStore, clock: StoppedClock) -> AsyncIterator[Clinic]:
    """The clinic as the gateway has it, which alone tells of events."""
    async with served(partial(add_services, store=store, clock=clock), domain=DOMAIN, caller="gateway") as client:
        yield replace(desk, client=client)


async def tell_of_event(gateway: Clinic, vapi_call_id: str, said: str) -> None:
    """A tool was used in the call."""
    used = ToolCallEvent(tool="checkAvailability", tool_call_id=said, ended="said", say=said)
    event = CallEvent(id=str(uuid4()), vapi_call_id=vapi_call_id, at=BEGINNING, tool_call=used)
    await gateway.ask(CallEventServiceStub, "RecordCallEvents", RecordCallEventsRequest(events=[event]))


async def told(superuser: asyncpg.Connection, desk: Any) -> dict[str, int]:
    """How much is kept of what was said to the clinic."""
    count = "SELECT count(*) FROM booking.{} WHERE org_id = $1 AND {}"
    what = {
        "calls": ("calls", "coalesce(sealed_transcript, sealed_recording_urls) IS NOT NULL"),
        "events": ("call_events", "sealed_details IS NOT NULL"),
        "answers": ("tool_calls", "say <> ''"),
    }
    return {name: await superuser.fetchval(count.format(*where), desk.tenant) for name, where in what.items()}


async def test_no_byte_of_a_person_is_left_in_any_table(
    desk: Any, superuser: asyncpg.Connection, clock: Any, found_in: Any
) -> None:
    await live(desk, superuser, clock)
    (person,) = await desk.contacts()
    assert await found_in() >= {"contacts", "appointments", "calls", "tool_calls"}

    await desk.erase(person.id)

    assert await found_in() == set()
    sealed = "SELECT count(*) FROM booking.calls WHERE coalesce(sealed_transcript, sealed_recording_urls) IS NOT NULL"
    assert await superuser.fetchval(f"{sealed} AND org_id = $1", desk.tenant) == 0


async def test_a_receipt_says_what_was_done_and_is_kept(desk: Any, superuser: asyncpg.Connection, clock: Any) -> None:
    await live(desk, superuser, clock)
    (person,) = await desk.contacts()

    receipt = await desk.erase(person.id)

    assert (receipt.appointments, receipt.cancelled, receipt.calls, receipt.tool_calls) == (3, 1, 2, 4)
    assert (receipt.contact_id, receipt.erased_at.ToDatetime(UTC)) == (person.id, clock.now)
    kept = await superuser.fetch("SELECT id::text FROM booking.erasures WHERE org_id = $1", desk.tenant)
    assert [row[0] for row in kept] == [receipt.id]


async def test_who_was_erased_is_not_there_to_be_erased_again(desk: Any, refused: Any) -> None:
    person = await desk.contact()
    await desk.erase(person.id)

    assert (await refused(desk.erase(person.id))).reason == "CONTACT_NOT_FOUND"
    assert (await refused(desk.export(person.id))).reason == "CONTACT_NOT_FOUND"
    assert await desk.contacts() == []


async def test_of_many_erasures_at_once_one_is_done(desk: Any) -> None:
    person = await desk.contact()

    done = await asyncio.gather(*(desk.erase(person.id) for _ in range(8)), return_exceptions=True)

    assert sorted(getattr(one, "reason", "DONE") for one in done) == ["CONTACT_NOT_FOUND"] * 7 + ["DONE"]


async def test_what_the_day_looked_like_stays_and_what_is_to_come_is_cancelled(
    desk: Any, superuser: asyncpg.Connection, clock: Any
) -> None:
    made = await live(desk, superuser, clock)
    before = {one.id: one for one in await desk.appointments()}
    (person,) = await desk.contacts()

    await desk.erase(person.id)

    after = {one.id: one for one in await desk.appointments()}
    assert {(one.contact_id, one.patient_name) for one in after.values()} == {("", "")}
    assert {key: (one.starts_at, one.calendar_id) for key, one in after.items()} == {
        key: (one.starts_at, one.calendar_id) for key, one in before.items()
    }
    statuses = {name: after[made[name]].status for name in made}
    assert statuses == {
        "past": Appointment.BOOKED,
        "to come": Appointment.CANCELLED,
        "cancelled": Appointment.CANCELLED,
    }
    assert (await desk.book(patient_name="Ben Sample")).data["outcome"] == "booked"


@pytest.mark.parametrize("call", ["call-1", "call-2", "call-3"], ids=["told before", "not told of", "from the number"])
async def test_what_is_told_late_of_a_call_tells_nothing_of_who_was_erased(
    desk: Any, superuser: asyncpg.Connection, clock: Any, found_in: Any, call: str
) -> None:
    await live(desk, superuser, clock)
    (person,) = await desk.contacts()
    await desk.erase(person.id)

    late = await desk.record_call(call, caller_number=NUMBER, cost=0.21, status="ended", **SAID)

    assert (late.caller_number, late.summary, late.cost) == ("", "", 0.21)
    assert (late.transcript, late.structured_data, late.success_evaluation, late.has_recording) == ("", "", "", False)
    assert await found_in() == set()


@pytest.mark.parametrize("began", ["started_at", "created_at"])
async def test_a_call_from_before_their_erasure_that_nobody_knew_of_tells_nothing_of_them(
    desk: Any, gateway: Clinic, superuser: asyncpg.Connection, clock: Any, found_in: Any, began: str
) -> None:
    person = await desk.contact(NAME, NUMBER)
    now = datetime.now(UTC)
    clock.now = now - timedelta(hours=1)
    await desk.use("TellAppointments", TellAppointmentsRequest, caller_number=NUMBER, vapi_call_id="call-9")
    await tell_of_event(gateway, "call-9", "before")
    await desk.erase(person.id)

    before = {began: now - timedelta(hours=2)}
    late = await desk.record_call("call-9", caller_number=NUMBER, cost=0.21, status="ended", **before, **SAID)
    await tell_of_event(gateway, "call-9", "after")

    assert (late.caller_number, late.summary, late.cost) == ("", "", 0.21)
    assert (late.transcript, late.structured_data, late.success_evaluation, late.has_recording) == ("", "", "", False)
    assert await found_in() == set()
    assert await told(superuser, desk) == {"calls": 0, "events": 0, "answers": 0}


async def test_a_call_that_was_heard_of_before_their_erasure_and_whose_number_comes_late_tells_nothing(
    desk: Any, clock: Any, found_in: Any
) -> None:
    person = await desk.contact(NAME, NUMBER)
    await desk.record_call("call-9", status="ringing", transcript=f"User: {NAME} here.")
    clock.now = datetime.now(UTC) + timedelta(hours=1)
    await desk.erase(person.id)

    late = await desk.record_call("call-9", caller_number=NUMBER, status="ended")

    assert (late.caller_number, late.transcript) == ("", "")
    assert (await desk.call(late.id)).transcript == ""
    assert await found_in() == set()


async def test_what_began_after_their_erasure_is_kept(desk: Any, clock: Any) -> None:
    person = await desk.contact(NAME, NUMBER)
    clock.now = datetime.now(UTC) - timedelta(hours=1)
    await desk.erase(person.id)

    again = await desk.record_call("call-9", caller_number=NUMBER, started_at=datetime.now(UTC), summary="Again.")

    assert (again.caller_number, again.summary) == (NUMBER, "Again.")


async def test_a_late_call_that_booked_for_who_shares_the_number_is_theirs(desk: Any, clock: Any) -> None:
    person = await desk.contact(NAME, NUMBER)
    await desk.book(patient_name="Ada Sample", caller_number=NUMBER, vapi_call_id="call-9")
    clock.now = BEGINNING + timedelta(minutes=1)
    await desk.erase(person.id)

    late = await desk.record_call("call-9", caller_number=NUMBER, started_at=BEGINNING, summary="Ada's.")

    assert (late.caller_number, late.summary) == (NUMBER, "Ada's.")


async def test_another_organizations_calls_from_the_number_stay(desk: Any, open_clinic: Any, clock: Any) -> None:
    other = await open_clinic()
    person = await desk.contact(NAME, NUMBER)
    clock.now = BEGINNING + timedelta(minutes=1)
    await desk.erase(person.id)

    late = await other.record_call("call-9", caller_number=NUMBER, started_at=BEGINNING, summary=SUMMARY)

    assert (late.caller_number, late.summary) == (NUMBER, SUMMARY)


async def test_calls_told_while_a_person_is_erased_tell_nothing_of_them(desk: Any, clock: Any, found_in: Any) -> None:
    person = await desk.contact(NAME, NUMBER)
    clock.now = datetime.now(UTC) + timedelta(hours=1)

    def told_of(number: int) -> Any:
        return desk.record_call(f"call-{number}", caller_number=NUMBER, status="ended", **SAID)

    await asyncio.gather(*map(told_of, range(8)), desk.erase(person.id), *map(told_of, range(8, 16)))

    assert await found_in() == set()
    assert len(await desk.calls()) == 16


async def test_a_tool_call_of_theirs_that_is_delivered_again_books_nothing(
    desk: Any, refused: Any, found_in: Any
) -> None:
    wish = {"patient_name": NAME, "caller_number": NUMBER, "vapi_call_id": "call-1", "tool_call_id": "tool-1"}
    await desk.book(**wish)
    (person,) = await desk.contacts()
    await desk.erase(person.id)

    state = await refused(desk.book(**wish))

    assert state.reason == "TOOL_CALL_CONFLICT"
    assert await found_in() == set()


async def test_who_calls_again_after_their_erasure_is_somebody_new(desk: Any) -> None:
    await desk.book()
    (person,) = await desk.contacts()
    await desk.erase(person.id)

    await desk.book(appointment_time="11:00")

    (again,) = await desk.contacts()
    assert again.id != person.id
    assert [bool(one.contact_id) for one in await desk.appointments()] == [False, True]


async def test_whoever_shares_the_number_keeps_what_is_theirs(desk: Any, found_in: Any) -> None:
    await desk.book(patient_name=NAME, caller_number=NUMBER, vapi_call_id="call-1")
    await desk.book(patient_name="Ada Sample", caller_number=NUMBER, vapi_call_id="call-2", appointment_time="11:00")
    await desk.record_call("call-1", caller_number=NUMBER, summary="A consultation.")
    await desk.record_call("call-2", caller_number=NUMBER, summary="Ada's consultation.")
    await desk.record_call("call-3", caller_number=NUMBER, summary="Asked for the way.")
    ada, person = await desk.contacts()

    await desk.erase(person.id)

    assert {call.vapi_call_id: call.summary for call in await desk.calls()} == {
        "call-1": "",
        "call-2": "Ada's consultation.",
        "call-3": "",
    }
    assert await desk.contacts() == [ada]
    kept = {one.patient_name: one.status for one in await desk.appointments()}
    assert kept == {"": Appointment.CANCELLED, "Ada Sample": Appointment.BOOKED}
    assert await found_in() == {"contacts", "calls", "appointments"}, "the number is Ada's too"


async def test_who_booked_for_another_and_held_a_time_leaves_no_number_behind(desk: Any, found_in: Any) -> None:
    await desk.contact(NAME, NUMBER)
    await desk.book(patient_name="Ada Sample", patient_phone="+14155550199", caller_number=NUMBER)
    await desk.hold(caller_number=NUMBER, appointment_time="15:00")
    person = next(one for one in await desk.contacts() if one.name == NAME)

    await desk.erase(person.id)

    assert await found_in() == set()
    assert {one.patient_name: one.status for one in await desk.appointments()} == {"Ada Sample": Appointment.BOOKED}


async def test_why_they_cancelled_for_somebody_else_is_forgotten(desk: Any, superuser: asyncpg.Connection) -> None:
    await desk.contact(NAME, NUMBER)
    booked = await desk.book(patient_name="Ada Sample", caller_number=NUMBER)
    await desk.use(
        "CancelAppointment",
        CancelAppointmentRequest,
        appointment_id=booked.data["appointmentId"],
        reason=REASON,
        caller_number=NUMBER,
    )
    person = next(one for one in await desk.contacts() if one.name == NAME)

    await desk.erase(person.id)

    reasons = "SELECT count(*) FROM booking.appointments WHERE org_id = $1 AND cancel_reason IS NOT NULL"
    assert await superuser.fetchval(reasons, desk.tenant) == 0


async def test_why_they_cancelled_what_was_booked_from_elsewhere_is_forgotten(
    desk: Any, superuser: asyncpg.Connection
) -> None:
    await desk.contact(NAME, NUMBER)
    await desk.book(patient_name="Ada Sample", caller_number="+14155550199")
    cancelled = await desk.use(
        "CancelAppointment",
        CancelAppointmentRequest,
        patient_name="Ada Sample",
        appointment_date="2026-12-01",
        reason=REASON,
        caller_number=NUMBER,
        vapi_call_id="call-1",
    )
    assert cancelled.data["outcome"] == "cancelled"
    await desk.record_call("call-1", caller_number=NUMBER)
    person = next(one for one in await desk.contacts() if one.name == NAME)

    await desk.erase(person.id)

    reasons = "SELECT count(*) FROM booking.appointments WHERE org_id = $1 AND cancel_reason IS NOT NULL"
    assert await superuser.fetchval(reasons, desk.tenant) == 0


async def test_what_was_missed_for_the_persons_name_and_number_is_forgotten(
    desk: Any, superuser: asyncpg.Connection
) -> None:
    count = "SELECT count(*) FROM booking.misses WHERE org_id = $1"
    person = await desk.contact(NAME, NUMBER)
    for name, number in ((NAME, "+14155550199"), ("Ada Sample", NUMBER), ("Ada Sample", "+14155550198")):
        guess = {"patient_name": name, "caller_number": number, "appointment_date": "2027-01-04"}
        await desk.use("TellAppointments", TellAppointmentsRequest, **guess)
    assert await superuser.fetchval(count, desk.tenant) == 8, "one name was missed from two numbers"

    await desk.erase(person.id)

    assert await superuser.fetchval(count, desk.tenant) == 4, "of Ada's name, of the third number, and of two calls"


async def test_calls_from_a_number_that_is_hearsay_are_not_given_to_whom_it_was_told_for(desk: Any) -> None:
    await desk.record_call("call-9", caller_number=NUMBER, summary="Somebody else asked for the way.")
    await desk.book(patient_name="Rude Word", patient_phone=NUMBER, caller_number="+14155550199", vapi_call_id="call-1")
    (person,) = await desk.contacts()

    assert "the way" not in str(await desk.export(person.id))

    await desk.book(patient_name="Rude Word", caller_number=NUMBER, appointment_time="11:00", vapi_call_id="call-2")
    assert "the way" in str(await desk.export(person.id))


@pytest.mark.parametrize(
    "told",
    [
        {"summary": "Ada, and zebedee QUAGMIRE's cough."},
        {"transcript": "User: It is for Ada.\nUser: And for zebedee\nQUAGMIRE."},
        {"structured_data": '{"caller":"Zebedee Quagmire"}'},
        {"success_evaluation": "Zebedee Quagmire was helped."},
    ],
    ids=lambda told: next(iter(told)),
)
async def test_a_call_for_somebody_else_that_names_the_person_is_erased_too(
    desk: Any, found_in: Any, told: dict[str, str]
) -> None:
    await desk.contact(NAME, NUMBER)
    await desk.book(patient_name="Ada Sample", caller_number=NUMBER, vapi_call_id="call-2")
    recorded = await desk.record_call("call-2", caller_number=NUMBER, **told)
    person = next(one for one in await desk.contacts() if one.name == NAME)

    await desk.erase(person.id)

    left = await desk.call(recorded.id)
    assert {getattr(left, field) for field in told} == {""}


async def test_bookings_while_a_person_is_erased_are_of_nobody_who_was(desk: Any) -> None:
    person = {"patient_name": NAME, "caller_number": NUMBER}
    await desk.book(**person, appointment_time="08:00")
    (known,) = await desk.contacts()
    times = [f"{hour:02}:{minute:02}" for hour in range(9, 17) for minute in (0, 30)]

    replies = await asyncio.gather(
        *(desk.book(**person, appointment_time=time) for time in times[:8]),
        desk.erase(known.id),
        *(desk.book(**person, appointment_time=time) for time in times[8:]),
    )

    assert [reply.data["outcome"] for reply in replies[:8] + replies[9:]] == ["booked"] * 16
    contacts = {one.id for one in await desk.contacts()}
    assert len(contacts) <= 1
    assert {one.contact_id for one in await desk.appointments()} <= contacts | {""}


async def test_a_person_has_everything_that_is_kept_of_them(
    desk: Any, superuser: asyncpg.Connection, clock: Any
) -> None:
    made = await live(desk, superuser, clock)
    await desk.book(patient_name="Ada Sample", vapi_call_id="call-9", appointment_time="15:00")
    await desk.record_call("call-9", caller_number="+14155550123", summary="Ada's.")
    (person,) = await desk.contacts("zebedee")

    document = MessageToDict(await desk.export(person.id))

    assert document["contact"] == {
        "id": person.id,
        "name": NAME,
        "phone": NUMBER,
        "email": ADDRESS,
        "created_at": person.created_at.ToDatetime(UTC).isoformat().replace("+00:00", "Z"),
        "updated_at": person.updated_at.ToDatetime(UTC).isoformat().replace("+00:00", "Z"),
    }
    assert [(one["id"], one["starts_at"], one["status"]) for one in document["appointments"]] == [
        (made["past"], "2026-11-30T18:00:00Z", "booked"),
        (made["to come"], "2026-12-01T15:00:00Z", "booked"),
        (made["cancelled"], "2026-12-01T16:00:00Z", "cancelled"),
    ]
    assert [one["cancel_reason"] for one in document["appointments"]] == [None, None, REASON]
    assert {(call["vapi_call_id"], call["summary"]) for call in document["calls"]} == {
        ("call-1", SUMMARY),
        ("call-3", SUMMARY),
    }
    assert [{name: call[name] for name in SAID} for call in document["calls"]] == [SAID, SAID]
    assert sorted(answer["vapi_call_id"] for answer in document["answers"]) == ["call-1", "call-1", "call-2", "call-3"]
    assert "Ada" not in str(document)


async def test_who_shares_a_number_is_given_no_call_that_may_be_anothers(desk: Any) -> None:
    await desk.book(patient_name=NAME, caller_number=NUMBER, vapi_call_id="call-1")
    await desk.contact("Ada Sample", NUMBER)
    await desk.record_call("call-1", caller_number=NUMBER, summary="Booked.")
    await desk.record_call("call-2", caller_number=NUMBER, summary="Asked for Ada's results.")
    person = next(one for one in await desk.contacts() if one.name == NAME)

    document = MessageToDict(await desk.export(person.id))

    assert [call["vapi_call_id"] for call in document["calls"]] == ["call-1"]


async def test_another_organizations_person_stays(desk: Any, open_clinic: Any) -> None:
    other = await open_clinic()
    for clinic in (desk, other):
        await clinic.book(patient_name=NAME, caller_number=NUMBER, vapi_call_id="call-1")
        await clinic.record_call("call-1", caller_number=NUMBER, summary=SUMMARY)
    (person,) = await desk.contacts()

    await desk.erase(person.id)

    assert [one.name for one in await other.contacts()] == [NAME]
    assert [call.summary for call in await other.calls()] == [SUMMARY]
