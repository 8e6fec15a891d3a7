"""What becomes of verified messages of which nobody knows whose they are, then and once somebody does."""

import asyncio
import json
from datetime import UTC, datetime

import pytest

from chassis.errors import Kind, RemoteError
from gateway.answer.records.quarantine import Redrive
from gateway.message.messages import NotAMessage
from services.gateway.tests.conftest import PATIENCE
from switchboard.tenancy.v1.quarantine_service_pb2 import ClaimQuarantinedMessagesResponse
from switchboard.tenancy.v1.tenancy_service_pb2 import ResolveTenantResponse

CLINIC = "6b1d4c1e-3a5f-4d0e-9c55-0f7a8e2b9d31"
OTHER_CLINIC = "a9f3e6d2-0b7c-4a18-8e44-5c2d1b0f9e87"
SUSPENDED_CLINIC = "c4d5e6f7-1a2b-4c3d-8e9f-0a1b2c3d4e5f"
LINE, SUSPENDED_LINE, UNKNOWN_LINE = "+12065550142", "+12065550144", "+12065550199"
CALL = {"id": "call_1", "function": {"name": "checkAvailability", "arguments": {"date": "2027-03-09"}}}
FULL = RemoteError(Kind.RATE_LIMITED, "QUARANTINE_FULL")
AWAY = RemoteError(Kind.UNAVAILABLE, "DATABASE_UNAVAILABLE")
OUR_MISTAKE = ValueError("a mistake of ours")
RECEIVED_AT = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)


def message(message_type, line=UNKNOWN_LINE, **more):
    return {"message": {"type": message_type, "phoneNumber": {"number": line}, "call": {"id": "v-1"}, **more}}


TOOL_CALLS = message("tool-calls", toolCallList=[CALL])
RECORDED = [message("status-update"), message("end-of-call-report")]
OTHERS = [TOOL_CALLS, message("assistant-request"), message("function-call"), message("transcript"), message("hang")]


def named(case):
    return case["message"]["type"]


def figure(exposition, name):
    return next((line for line in exposition.splitlines() if line.startswith(f"switchboard_gateway_{name} ")), "0")


class TestKeeping:
    @pytest.mark.parametrize("body", RECORDED + OTHERS, ids=named)
    async def test_a_message_of_an_unknown_line_is_kept_as_it_was_received(self, room, body):
        before = datetime.now(UTC)
        await room.post(body)
        [kept] = room.quarantine.kept
        assert kept.body == json.dumps(body).encode()
        assert (kept.message_type, kept.call_id) == (named(body), "v-1")
        assert (kept.outcome, kept.evidence.called_number) == (ResolveTenantResponse.UNKNOWN, UNKNOWN_LINE)
        assert before <= kept.received_at.ToDatetime(UTC) <= datetime.now(UTC)

    async def test_only_what_is_recorded_may_be_delivered_one_day(self, room):
        for body in RECORDED + OTHERS:
            await room.post(body)
        assert [kept.recordable for kept in room.quarantine.kept] == [True] * len(RECORDED) + [False] * len(OTHERS)

    async def test_a_report_that_holds_tool_calls_without_a_type_is_a_tool_call(self, room):
        await room.post({"message": {"toolCallList": [CALL], "phoneNumber": {"number": UNKNOWN_LINE}}})
        assert [(kept.message_type, kept.recordable) for kept in room.quarantine.kept] == [("tool-calls", False)]

    async def test_a_message_that_contradicts_itself_is_kept_as_that(self, room):
        await room.post(message("end-of-call-report", LINE, assistant={"metadata": {"org_id": OTHER_CLINIC}}))
        assert [kept.outcome for kept in room.quarantine.kept] == [ResolveTenantResponse.CONTRADICTION]

    @pytest.mark.parametrize("line", [LINE, SUSPENDED_LINE])
    async def test_a_message_that_is_somebodys_is_not_kept(self, room, line):
        for body in RECORDED + OTHERS:
            await room.post(message(named(body), line))
        assert room.quarantine.kept == []

    @pytest.mark.parametrize("body", RECORDED + OTHERS, ids=named)
    async def test_a_message_that_is_not_verified_is_not_kept(self, room, body):
        assert (await room.post(body, x_vapi_secret="a guess")).status_code == 401
        assert room.quarantine.kept == []

    @pytest.mark.parametrize("body", [*RECORDED, message("transcript")], ids=named)
    async def test_an_event_that_is_kept_is_acknowledged(self, room, body):
        response = await room.post(body)
        assert (response.status_code, response.content) == (200, b"{}")


class TestWhatCannotBeKept:
    @pytest.fixture(params=[FULL, AWAY, OUR_MISTAKE], ids=repr)
    def full(self, room, request):
        room.quarantine.fails = request.param
        return room

    @pytest.mark.parametrize("body", RECORDED, ids=named)
    async def test_is_to_be_sent_again_if_it_is_recorded(self, full, body):
        response = await full.post(body)
        assert (response.status_code, response.json()["code"]) == (503, "MESSAGE_NOT_KEPT")
        assert response.headers["retry-after"] == "5"

    async def test_is_acknowledged_if_it_is_of_the_moment(self, full):
        response = await full.post(message("transcript"))
        assert (response.status_code, response.content) == (200, b"{}")

    async def test_changes_nothing_of_what_a_caller_hears(self, room):
        heard = [(await room.post(body)).content for body in (TOOL_CALLS, message("assistant-request"))]
        room.quarantine.fails = FULL
        assert [(await room.post(body)).content for body in (TOOL_CALLS, message("assistant-request"))] == heard
        assert b"error" in heard[0]
        assert b"error" in heard[1]

    async def test_is_counted(self, room):
        name = 'quarantined_total{class="event",kept="no"}'
        before = figure((await room.http.get("/metrics")).text, name)
        room.quarantine.fails = FULL
        await room.post(message("transcript"))
        assert figure((await room.http.get("/metrics")).text, name) != before

    async def test_is_what_comes_while_tenancy_cannot_tell_whose_it_is(self, room):
        room.tenancy.fails = AWAY
        statuses = [(await room.post(body)).status_code for body in (*RECORDED, message("transcript"))]
        assert (statuses, room.quarantine.kept) == ([503, 503, 200], [])


class TestRecording:
    @pytest.mark.parametrize("line", [LINE, SUSPENDED_LINE])
    @pytest.mark.parametrize("body", RECORDED, ids=named)
    async def test_counts_what_comes_in_time(self, room, body, line):
        name = 'recorded_total{when="in_time"}'
        before = figure((await room.http.get("/metrics")).text, name)
        await room.post(message(named(body), line, status="ended"))
        assert figure((await room.http.get("/metrics")).text, name) != before


class Notebook:
    """A recorder that a test can read, and that fails at what it is told to."""

    def __init__(self):
        self.records, self.fails_at, self.fails_with = [], b"", ConnectionError

    async def record(self, record):
        if self.fails_at and self.fails_at in record.body:
            raise self.fails_with
        self.records.append(record)

    @property
    def bodies(self):
        return [(record.body, str(record.organization)) for record in self.records]


class Flight:
    """A flight recorder that a test can read."""

    def __init__(self):
        self.notes = []

    def note(self, note):
        self.notes.append(note)


def claimed(message_id, body, message_type="end-of-call-report", evidence_at=RECEIVED_AT):
    one = ClaimQuarantinedMessagesResponse.Claimed(body=body)
    one.message.id, one.message.message_type, one.message.call_id = message_id, message_type, "v-1"
    one.message.evidence.at.FromDatetime(evidence_at)
    return one


def report(line=LINE, **more):
    return json.dumps(message("end-of-call-report", line, **more)).encode()


class TestDelivering:
    @pytest.fixture
    def notebook(self):
        return Notebook()

    @pytest.fixture
    def flight(self):
        return Flight()

    @pytest.fixture
    async def room(self, tenancy_room):
        return tenancy_room

    @pytest.fixture
    async def redrive(self, room, notebook, flight):
        return Redrive(room.client, notebook, flight)

    async def test_records_what_is_somebodys_now_in_the_order_of_the_line(self, room, redrive, notebook):
        bodies = [report(number=number) for number in range(3)]
        room.quarantine.due = [[claimed(f"m-{number}", body) for number, body in enumerate(bodies)]]
        await redrive.deliver_all()
        assert notebook.bodies == [(body, CLINIC) for body in bodies]
        assert room.quarantine.finished == [(f"m-{number}", CLINIC) for number in range(3)]
        assert all(record.was_quarantined for record in notebook.records)

    async def test_notes_that_it_was_recorded_late_and_when_it_came(self, room, redrive, flight):
        one = claimed("m-1", report(call={"id": "v-1"}))
        one.message.received_at.FromDatetime(RECEIVED_AT)
        room.quarantine.due = [[one]]
        await redrive.deliver_all()
        [note] = flight.notes
        assert (str(note.organization), note.type, note.was_quarantined) == (CLINIC, "end-of-call-report", True)
        assert (note.vapi_call_id, note.at) == ("v-1", RECEIVED_AT.timestamp())

    async def test_records_for_an_organization_that_is_suspended(self, room, redrive, notebook):
        room.quarantine.due = [[claimed("m-1", report(SUSPENDED_LINE))]]
        await redrive.deliver_all()
        assert [organization for _body, organization in notebook.bodies] == [SUSPENDED_CLINIC]

    async def test_leaves_what_is_still_nobodys(self, room, redrive, notebook):
        contradicting = report(assistant={"metadata": {"org_id": OTHER_CLINIC}})
        room.quarantine.due = [[claimed("m-1", report(UNKNOWN_LINE)), claimed("m-2", contradicting)]]
        await redrive.deliver_all()
        assert (notebook.records, room.quarantine.finished) == ([], [("m-1", ""), ("m-2", "")])

    async def test_goes_by_the_evidence_and_when_it_counts(self, room, redrive):
        room.quarantine.due = [[claimed("m-1", report(startedAt="2099-01-01T00:00:00Z"))]]
        await redrive.deliver_all()
        [asked] = room.tenancy.asked
        assert (asked.called_number, asked.at.ToDatetime(UTC)) == (LINE, RECEIVED_AT)

    async def test_passes_over_what_can_never_be_read(self, room, redrive, notebook):
        notebook.fails_at, notebook.fails_with = b"odd", NotAMessage
        room.quarantine.due = [[claimed("m-1", report(word="odd")), claimed("m-2", report())]]
        await redrive.deliver_all()
        assert (notebook.bodies, room.quarantine.finished) == ([(report(), CLINIC)], [("m-1", ""), ("m-2", CLINIC)])

    async def test_stops_the_line_at_what_cannot_be_recorded_and_goes_on_with_others(self, room, redrive, notebook):
        notebook.fails_at = b"second"
        first, second, third, other = [report(word=word) for word in ("first", "second", "third", "other")]
        room.quarantine.due = [
            [claimed("m-1", first), claimed("m-2", second), claimed("m-3", third)],
            [claimed("m-4", other)],
        ]
        await redrive.deliver_all()
        assert [body for body, _organization in notebook.bodies] == [first, other]
        assert [message_id for message_id, _organization in room.quarantine.finished] == ["m-1", "m-4"]

    async def test_finishes_nothing_that_tenancy_could_not_be_asked_about(self, room, redrive, notebook):
        room.tenancy.fails = AWAY
        room.quarantine.due = [[claimed("m-1", report())]]
        await redrive.deliver_all()
        assert (notebook.records, room.quarantine.finished) == ([], [])

    async def test_takes_no_tool_call_even_if_one_is_handed_out(self, room, redrive, notebook):
        body = json.dumps(message("tool-calls", LINE, toolCallList=[CALL])).encode()
        room.quarantine.due = [[claimed("m-1", body, "tool-calls")]]
        await redrive.deliver_all()
        assert (notebook.records, room.quarantine.finished) == ([], [("m-1", "")])

    async def test_leaves_what_cannot_be_read_any_more(self, room, redrive, notebook):
        room.quarantine.due = [[claimed("m-1", b"{"), claimed("m-2", report())]]
        await redrive.deliver_all()
        assert room.quarantine.finished == [("m-1", ""), ("m-2", CLINIC)]


class TestWorking:
    async def test_asks_at_the_start_when_routes_are_watched_and_each_time_they_change(self, another_gateway):
        async with another_gateway() as room, asyncio.timeout(PATIENCE):
            for _ in range(2):
                await room.quarantine.claims.get()
            room.tenancy.change(LINE)
            await room.quarantine.claims.get()

    @pytest.mark.parametrize("fault", [AWAY, OUR_MISTAKE])
    async def test_goes_on_after_a_fault(self, tenancy_room, fault):
        redrive = Redrive(tenancy_room.client, Notebook(), Flight())
        tenancy_room.quarantine.claim_fails = fault
        working = asyncio.create_task(redrive.run())
        async with asyncio.timeout(PATIENCE):
            await tenancy_room.quarantine.claims.get()
            tenancy_room.quarantine.claim_fails = None
            redrive.wake()
            await tenancy_room.quarantine.claims.get()
        working.cancel()
