"""Asking twice is not doing it twice: for every tool that changes anything, across two processes of booking."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from uuid import uuid4

import asyncpg
import pytest
from google.protobuf.descriptor_pb2 import MethodOptions

from booking.app import DOMAIN, add_services
from booking.store.postgres import PostgresStore
from chassis.database.engine import Database
from chassis.encryption import KEY_BYTES, Sealer
from chassis.errors import Kind, RemoteError
from chassis.rpc.client import RpcClient
from chassis.testing.clock import StoppedClock
from chassis.testing.databases import ServiceDatabase
from chassis.testing.servers import served
from chassis.tools import load_catalogue
from services.booking.tests.rpc.receptionist.telephone import TUESDAY, Call, Clinic, open_clinic, outcome
from switchboard.booking.v1.receptionist_service_pb2 import DESCRIPTOR
from switchboard.tools.v1.tools_pb2 import ToolReply

WISHES = {
    "holdSlot": {"appointmentDate": TUESDAY, "appointmentTime": "14:00"},
    "bookClinicAppointment": {
        "appointmentDate": TUESDAY,
        "appointmentTime": "14:00",
        "patientName": "Ana Exempla",
    },
    "rescheduleAppointment": {"newDate": TUESDAY, "newTime": "16:00"},
    "cancelAppointment": {"patientName": "Ana Exempla"},
}
DONE = {
    "holdSlot": "held",
    "bookClinicAppointment": "booked",
    "rescheduleAppointment": "moved",
    "cancelAppointment": "cancelled",
}
AT_ONCE = 6
ROWS = """
select id, status, starts_at, version from booking.appointments where org_id = $1 order by id
"""


@pytest.fixture
async def replicas(service_database: ServiceDatabase, clock: StoppedClock) -> AsyncIterator[list[RpcClient]]:
    """Two processes as far as anything in them is concerned: two servers, two pools, one database."""
    async with AsyncExitStack() as stack:
        clients = []
        for _ in range(2):
            database = Database(service_database.app_url, pool_size=10)
            stack.push_async_callback(database.close)
            store = PostgresStore(database, Sealer([bytes(KEY_BYTES)]))
            clients.append(
                await stack.enter_async_context(
                    served(lambda server, store=store: add_services(server, store, clock), domain=DOMAIN)
                )
            )
        yield clients


async def rows(service_database: ServiceDatabase, clinic: Clinic) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(service_database.superuser_url)
    try:
        return list(await connection.fetch(ROWS, clinic.tenant))
    finally:
        await connection.close()


async def prepared(replicas: list[RpcClient], tool: str) -> list[Call]:
    """One call, reaching booking through each of the replicas; something to move and to cancel where that is asked."""
    clinic = await open_clinic(replicas[0], rooms=2)
    call = clinic.call(vapi_call_id=f"call-{uuid4()}")
    if tool in {"rescheduleAppointment", "cancelAppointment"}:
        await call.book("10:00")
    return [replace(call, clinic=replace(clinic, booking=replica)) for replica in replicas]


def without_mark(reply: ToolReply) -> bytes:
    plain = ToolReply()
    plain.CopyFrom(reply)
    plain.replayed = False
    return plain.SerializeToString(deterministic=True)


def test_these_are_all_the_tools_that_change_anything() -> None:
    reading = MethodOptions.NO_SIDE_EFFECTS
    writing = {
        name
        for name, tool in load_catalogue().items()
        if tool.package == DESCRIPTOR.package
        and DESCRIPTOR.services_by_name["ReceptionistService"]
        .methods_by_name[tool.method.rpartition("/")[2]]
        .GetOptions()
        .idempotency_level
        != reading
    }
    assert writing == set(WISHES)


@pytest.mark.parametrize("tool", WISHES)
async def test_duplicates_in_flight_on_both_wait_and_are_answered_alike(
    replicas: list[RpcClient], service_database: ServiceDatabase, tool: str
) -> None:
    calls = await prepared(replicas, tool)

    replies = await asyncio.gather(
        *(calls[n % 2].use(tool, tool_call_id="same", **WISHES[tool]) for n in range(AT_ONCE))
    )

    assert {outcome(reply) for reply in replies} == {DONE[tool]}
    assert sorted(reply.replayed for reply in replies) == [False] + [True] * (AT_ONCE - 1)
    assert len({without_mark(reply) for reply in replies}) == 1
    (row,) = await rows(service_database, calls[0].clinic)
    assert row["version"] == (2 if tool in {"rescheduleAppointment", "cancelAppointment"} else 1)


@pytest.mark.parametrize("tool", WISHES)
async def test_what_the_other_replica_answered_is_answered_byte_for_byte_and_not_done_again(
    replicas: list[RpcClient], service_database: ServiceDatabase, clock: StoppedClock, tool: str
) -> None:
    calls = await prepared(replicas, tool)
    first = await calls[0].use(tool, tool_call_id="same", **WISHES[tool])
    before = await rows(service_database, calls[0].clinic)
    clock.now = clock.now.replace(month=12, day=24)

    again = await calls[1].use(tool, tool_call_id="same", **WISHES[tool])

    assert again.replayed
    assert without_mark(again) == without_mark(first)
    assert await rows(service_database, calls[0].clinic) == before


async def test_what_is_delivered_again_without_a_call_or_a_chat_is_answered_byte_for_byte(
    replicas: list[RpcClient], service_database: ServiceDatabase
) -> None:
    clinic = await open_clinic(replicas[0], rooms=2)
    tool, wish = "bookClinicAppointment", WISHES["bookClinicAppointment"]
    delivered, another = (clinic.call(vapi_call_id="", delivery_id=name) for name in ("signed_1", "signed_2"))
    first, again = [await delivered.use(tool, tool_call_id="same", **wish) for _ in range(2)]

    assert (again.replayed, without_mark(again)) == (True, without_mark(first))
    assert not (await another.use(tool, tool_call_id="same", **wish)).replayed


@pytest.mark.parametrize("tool", WISHES)
async def test_the_same_wish_under_many_ids_at_once_is_one(
    replicas: list[RpcClient], service_database: ServiceDatabase, tool: str
) -> None:
    calls = await prepared(replicas, tool)

    replies = await asyncio.gather(*(calls[n % 2].use(tool, **WISHES[tool]) for n in range(AT_ONCE)))

    said_again = {"rescheduleAppointment": "already_then", "cancelAppointment": "already_cancelled"}
    assert {outcome(reply) for reply in replies} == {DONE[tool], said_again.get(tool, DONE[tool])}
    (row,) = await rows(service_database, calls[0].clinic)
    assert row["version"] == (2 if tool in said_again else 1)


@pytest.mark.parametrize("tool", WISHES)
async def test_a_fault_is_no_answer_and_asking_again_tries_again(replicas: list[RpcClient], tool: str) -> None:
    """An argument that cannot be read ends the call; with what is then understood, the same id is free."""
    calls = await prepared(replicas, tool)
    unreadable = {name: "perhaps" for name in WISHES[tool] if name.endswith(("Date", "Time"))} or {
        "appointmentDate": "perhaps"
    }
    with pytest.raises(RemoteError) as caught:
        await calls[0].use(tool, tool_call_id="same", **WISHES[tool] | unreadable)
    assert caught.value.reason == "ARGUMENT_NOT_UNDERSTOOD"

    assert outcome(await calls[1].use(tool, tool_call_id="same", **WISHES[tool])) == DONE[tool]


async def test_a_mother_holds_books_moves_and_cancels_for_two_children_at_one_time(
    replicas: list[RpcClient],
) -> None:
    calls = await prepared(replicas, "bookClinicAppointment")
    names = ["Mia Exempla", "Leo Exempla"]
    booked = await asyncio.gather(*(call.book("10:00", name) for call, name in zip(calls, names, strict=True)))
    moved = await asyncio.gather(
        *(call.move("14:00", patientName=name) for call, name in zip(calls, names, strict=True))
    )

    assert [outcome(reply) for reply in (*booked, *moved)] == ["booked"] * 2 + ["moved"] * 2
    assert len({reply.data["calendarId"] for reply in moved}) == 2
    assert len({reply.data["appointmentId"] for reply in (*booked, *moved)}) == 2
    assert outcome(await calls[0].cancel(patientName=names[0])) == "cancelled"
    assert len(await calls[0].clinic.appointments()) == 1


async def test_the_same_wish_for_another_room_is_answered_with_the_room_that_they_have(two_rooms: Clinic) -> None:
    call = two_rooms.call()
    first = await call.book(practitioner="Room 1")

    again = await call.book(practitioner="Room 0")

    assert again.data["appointmentId"] == first.data["appointmentId"]
    assert again.data["calendarId"] == first.data["calendarId"]
    assert "Room 1" in again.say
    assert "Room" not in (await call.book()).say


@pytest.mark.parametrize("told", ["call\0", "x" * 201])
@pytest.mark.parametrize("field", ["vapi_call_id", "vapi_chat_id", "tool_call_id", "delivery_id"])
async def test_an_id_that_cannot_be_kept_is_refused_by_name(clinic_line: Clinic, field: str, told: str) -> None:
    call = clinic_line.call(**{} if field == "tool_call_id" else {field: told})
    tool_call = {"tool_call_id": told} if field == "tool_call_id" else {}

    for tool, wish in WISHES.items():
        with pytest.raises(RemoteError) as refused:
            await call.use(tool, **tool_call, **wish)
        assert (refused.value.kind, refused.value.reason) == (Kind.INVALID, "MALFORMED_CALL")
        assert refused.value.metadata == {"field": field}


@pytest.mark.parametrize("nothing", ["null", "None", "not specified", "{{practitioner}}"])
async def test_a_wish_that_nobody_told_is_none(clinic_line: Clinic, nothing: str) -> None:
    assert outcome(await clinic_line.call().book(practitioner=nothing, serviceType=nothing)) == "booked"
