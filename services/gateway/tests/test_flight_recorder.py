"""What waits to be told of calls: bounded, batched, each organization's apart."""

import asyncio
import json
import pickle
from typing import Any
from uuid import UUID

import pytest

from chassis.errors import Kind, RemoteError
from chassis.tenant import TenantId, current_tenant
from chassis.tools import load_catalogue
from gateway.answer.arrival import Arrival, type_of
from gateway.answer.records import flight_recorder
from gateway.answer.records.flight_recorder import FlightRecorder
from gateway.answer.records.notes import MessageNote, Note, Times, ToolCallNote, message_note, size_of
from gateway.answer.replies import failed
from gateway.message.conversation import conversation_of
from gateway.message.messages import read
from gateway.message.wire import ToolUse
from gateway.metrics import Metrics, VerifiedBy
from gateway.sender.admission import Admitted
from gateway.sender.tenants import Outcome, Resolution
from services.gateway.tests.conftest import PATIENCE
from tenancy_client import Evidence

CLINIC, OTHER = (TenantId(UUID(int=number)) for number in (1, 2))
AWAY = RemoteError(Kind.UNAVAILABLE, "UNREACHABLE")
LATE = RemoteError(Kind.DEADLINE, "DEADLINE_EXCEEDED")
LONG = "x" * 100_000


def note(organization: TenantId = CLINIC, call_id: str = "call-1") -> MessageNote:
    return MessageNote(
        organization,
        call_id,
        1_800_000_000.0,
        "hang",
        seconds=0.001,
        outcome="resolved",
        evidence=(),
        was_remembered=True,
        verified_by="platform",
        admission_seconds=0.0005,
    )


def note_of(**fields: Any) -> MessageNote:
    """Of a message that holds them."""
    received = read(json.dumps({"message": {"call": {"id": "call-1"}} | fields}).encode())
    resolution = Resolution(Outcome.RESOLVED, CLINIC, ("called_number",))
    message = received.message
    arrival = Arrival(b"", message, type_of(message), "", conversation_of(message), resolution)
    noted = message_note(arrival, Admitted(received, Evidence(), resolution, VerifiedBy.PLATFORM), Times(0.0, 0.0))
    assert noted is not None
    return noted


def tool_call_note(use: ToolUse, tool: Any = None) -> ToolCallNote:
    return ToolCallNote(CLINIC, "call-1", 0.0, tool, use, "said", failed(use, "No."), 0.0, None, (), 0.0, None)


class Booking:
    """Takes what it is told, unless it fails."""

    def __init__(self) -> None:
        self.told: list[tuple[TenantId, list[str]]] = []
        self.fails: Exception | None = None

    def stub(self, _stub_class: Any) -> "Booking":
        return self

    async def RecordCallEvents(self, request: Any, *, timeout: float) -> None:  # noqa: N802
        assert timeout > 0
        if self.fails:
            raise self.fails
        self.told.append((current_tenant(), [event.vapi_call_id for event in request.events]))


class Setting:
    def __init__(self) -> None:
        self.booking: Any = Booking()
        self.metrics = Metrics()
        self.flight = FlightRecorder(self.booking, self.metrics)

    def count(self, name: str) -> float:
        """By its line in Prometheus' text."""
        lines = self.metrics.exposition().decode().splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(f"switchboard_gateway_{name}"))


@pytest.fixture
def setting() -> Setting:
    return Setting()


def test_what_tells_of_a_person_is_declared_so() -> None:
    """An argument that is new is declared personal, or stands here: of these booking keeps what can tell of nobody."""
    of_places = {"department", "practitioner", "serviceType", "timezone", "duration", "searchType", "appointmentId"}
    of_times = {"date", "untilDate", "appointmentDate", "appointmentTime", "newDate", "newTime"}
    tools = load_catalogue().values()
    told = {name for tool in tools for name, argument in tool.arguments.items() if not argument.personal}
    assert told == of_places | of_times


@pytest.mark.parametrize(
    "fields",
    [
        {"call": {"id": "call-1", "monitor": {"controlUrl": LONG, "listenUrl": LONG}}},
        {"type": LONG, "status": LONG, "endedReason": [LONG]},
        {"call": {"id": "call-1", "customer": {"number": LONG}}, "phoneNumber": {"number": LONG}},
        {"conversation": [{"role": LONG, "content": LONG}, LONG, [LONG]]},
        {"messagesOpenAIFormatted": [{"role": "user"}] * 1_000},
        {"status": {"a": [LONG]}, "endedReason": LONG},
    ],
)
def test_a_message_waits_in_no_more_memory_than_is_counted_for_it(fields: dict[str, Any]) -> None:
    noted = note_of(**fields)
    assert len(pickle.dumps(noted)) <= size_of(noted) < 2_000


@pytest.mark.parametrize(
    "use", [ToolUse(LONG, "t", b"{}"), ToolUse("\U0001f600" * 9_000, "t", b"{}"), ToolUse("1", "t", LONG.encode())]
)
def test_a_tool_call_waits_in_no_more_memory_than_is_counted_for_it(use: ToolUse) -> None:
    noted = tool_call_note(use)
    assert len(pickle.dumps(noted)) <= size_of(noted)


async def test_many_are_told_at_once_and_each_organizations_apart(setting: Setting) -> None:
    for number in range(3):
        setting.flight.note(note(CLINIC, f"a-{number}"))
        setting.flight.note(note(OTHER, f"b-{number}"))
    await setting.flight.drain()
    assert setting.booking.told == [(CLINIC, ["a-0", "a-1", "a-2"]), (OTHER, ["b-0", "b-1", "b-2"])]
    assert setting.count("call_events_total") == 6


async def test_what_comes_mixed_is_told_of_each_organization_in_as_few_requests_as_may_be(setting: Setting) -> None:
    for _ in range(flight_recorder.TOLD_AT_ONCE + 1):
        setting.flight.note(note(CLINIC))
        setting.flight.note(note(OTHER))
    await setting.flight.drain()
    told = [(organization, len(events)) for organization, events in setting.booking.told]
    most = flight_recorder.TOLD_AT_ONCE
    assert told == [(CLINIC, most), (CLINIC, 1), (OTHER, most), (OTHER, 1)]


async def test_of_tool_calls_which_take_more_work_fewer_are_told_at_once(setting: Setting) -> None:
    tool = load_catalogue()["checkAvailability"]
    for _ in range(flight_recorder.TOLD_AT_ONCE):
        setting.flight.note(tool_call_note(ToolUse("1", tool.name, b"{}"), tool))
    await setting.flight.drain()
    assert [len(events) for _, events in setting.booking.told] == [flight_recorder.TOLD_AT_ONCE // 4] * 4


async def test_while_booking_is_away_no_more_waits_than_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flight_recorder, "MOST_WAITING", 5_000)
    setting = Setting()
    setting.booking.fails = AWAY
    for _ in range(50):
        setting.flight.note(note())
        await setting.flight._tell_all()
    setting.booking.fails = None
    await setting.flight.drain()
    assert 0 < setting.count("call_events_total") < 25


async def test_what_is_more_than_may_wait_is_lost_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flight_recorder, "MOST_WAITING", 5_000)
    setting = Setting()
    for _ in range(50):
        setting.flight.note(note())
    await setting.flight.drain()
    told = sum(len(events) for _, events in setting.booking.told)
    assert 0 < told < 50
    assert setting.count('call_events_lost_total{why="too_many"}') == 50 - told

    setting.flight.note(note())
    await setting.flight.drain()
    assert setting.count("call_events_total") == told + 1


async def test_what_waits_while_booking_is_away_is_told_when_it_is_back_in_the_same_order(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flight_recorder, "GATHERED_FOR", 0)
    monkeypatch.setattr(flight_recorder, "RETRIED_AFTER", 0)
    setting.booking.fails = AWAY
    working = asyncio.create_task(setting.flight.run())
    setting.flight.note(note(call_id="first"))
    for _ in range(10):
        await asyncio.sleep(0)
    setting.flight.note(note(call_id="second"))
    setting.booking.fails = None
    async with asyncio.timeout(PATIENCE):
        while len(setting.booking.told) < 2:  # nobody says when it was told
            await asyncio.sleep(0)
    working.cancel()
    assert [events for _, events in setting.booking.told] == [["first"], ["second"]]


async def test_what_comes_while_something_is_told_gathers_for_the_next_time(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def tell(request: Any, *, timeout: float) -> None:
        if not setting.booking.told:
            setting.flight.note(note(call_id="second"))
        await setting.booking.RecordCallEvents(request, timeout=timeout)

    monkeypatch.setattr(setting.flight, "_tell", tell)
    setting.flight.note(note(call_id="first"))
    assert await setting.flight._tell_all()
    setting.flight.note(note(call_id="third"))
    assert await setting.flight._tell_all()
    assert [events for _, events in setting.booking.told] == [["first"], ["second", "third"]]


async def test_what_booking_refuses_keeps_nothing_else_waiting(setting: Setting) -> None:
    setting.booking.fails = RemoteError(Kind.INVALID, "MALFORMED_CALL")
    setting.flight.note(note())
    await setting.flight.drain()
    assert setting.count('call_events_lost_total{why="refused"}') == 1


@pytest.mark.parametrize("role", [{}, [], [[]], {"a": 1}])
def test_a_turn_of_nobody_is_no_turn(role: Any) -> None:
    assert note_of(conversation=[{"role": role}, {"role": "user"}]).turns == 1


@pytest.mark.parametrize(
    ("noted", "told"), [(["first", "odd", "last"], [(CLINIC, ["first", "last"])]), (["odd"], [])], ids=len
)
async def test_a_note_that_cannot_be_written_is_lost_alone_and_counted(
    setting: Setting, monkeypatch: pytest.MonkeyPatch, noted: list[str], told: list[Any]
) -> None:
    written = flight_recorder.event_of

    def event_of(one: Note) -> Any:
        if one.vapi_call_id == "odd":
            raise ValueError(one)
        return written(one)

    monkeypatch.setattr(flight_recorder, "event_of", event_of)
    for call_id in noted:
        setting.flight.note(note(call_id=call_id))
    await setting.flight.drain()
    assert setting.booking.told == told
    assert setting.count('call_events_lost_total{why="not_written"}') == 1


async def test_what_always_takes_booking_too_long_keeps_nothing_else_waiting_for_ever(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flight_recorder, "GATHERED_FOR", 0)
    monkeypatch.setattr(flight_recorder, "RETRIED_AFTER", 0)
    tell = setting.booking.RecordCallEvents

    async def late_for_the_clinic(request: Any, *, timeout: float) -> None:
        if current_tenant() == CLINIC:
            raise LATE
        await tell(request, timeout=timeout)

    monkeypatch.setattr(setting.flight, "_tell", late_for_the_clinic)
    working = asyncio.create_task(setting.flight.run())
    setting.flight.note(note(CLINIC))
    setting.flight.note(note(OTHER))
    async with asyncio.timeout(PATIENCE):
        while not setting.booking.told:  # nobody says when it was told
            await asyncio.sleep(0)
    working.cancel()
    assert setting.booking.told == [(OTHER, ["call-1"])]
    assert setting.count('call_events_lost_total{why="late"}') == 1


async def test_what_takes_booking_too_long_once_is_told_the_next_time(setting: Setting) -> None:
    setting.booking.fails = LATE
    setting.flight.note(note())
    assert not await setting.flight._tell_all()
    setting.booking.fails = None
    assert await setting.flight._tell_all()
    assert setting.booking.told == [(CLINIC, ["call-1"])]


async def test_what_still_waits_when_the_gateway_stops_is_counted(setting: Setting) -> None:
    setting.booking.fails = AWAY
    for organization in (CLINIC, OTHER, CLINIC):
        setting.flight.note(note(organization))
    await setting.flight.drain()
    assert setting.count('call_events_lost_total{why="stopped"}') == 3


async def test_a_gateway_that_is_stopped_in_the_middle_tells_what_it_was_telling(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flight_recorder, "GATHERED_FOR", 0)
    telling = asyncio.Event()

    async def hang(_request: Any, *, timeout: float) -> None:
        telling.set()
        await asyncio.sleep(timeout + 60)

    monkeypatch.setattr(setting.flight, "_tell", hang)
    working = asyncio.create_task(setting.flight.run())
    setting.flight.note(note())
    await telling.wait()
    working.cancel()
    await asyncio.wait([working])

    monkeypatch.setattr(setting.flight, "_tell", setting.booking.RecordCallEvents)
    await setting.flight.drain()
    assert setting.booking.told == [(CLINIC, ["call-1"])]
