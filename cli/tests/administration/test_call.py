"""`switchboard call`: what happened in a call."""

import json

import pytest

from cli.tests.administration.fake_gateway import HARBOR, LAKESIDE

ID = "33333333-3333-4333-8333-333333333333"
PATH = f"/api/calls/{ID}/timeline"
WHY = "Room 1: 10:00 on Tuesday, 2026-12-01 was taken: there is an appointment from 10:00 to 10:30."


def message(at, message_type, **told):
    nothing = {"turns": None, "status": None, "ended_reason": None, "answered": None, "sent_back": None}
    known = {"evidence": ["called_number"], "verified_by": "platform", "was_quarantined": False}
    what = {"type": message_type} | nothing | known | told
    return {"at": f"2026-11-21T09:30:{at}Z", "milliseconds": 2.0, "message": what, "tool_call": None}


def use(at, tool, **told):
    usual = {
        "tool": tool,
        "ended": "said",
        "outcome": "free",
        "arguments": {"date": "2026-12-01", "patientName": "•••"},
        "say": "Nine and eleven are free.",
        "error": None,
        "effects": [],
        "forgotten": False,
        "rpc_milliseconds": 24.0,
        "service_milliseconds": 16.0,
        "database_milliseconds": 8.0,
        "explanations": [],
    }
    return {"at": f"2026-11-21T09:30:{at}Z", "milliseconds": 32.0, "message": None, "tool_call": usual | told}


TIMELINE = {
    "call_id": ID,
    "vapi_call_id": "call-1",
    "status": "ended",
    "duration_seconds": 95.0,
    "ended_reason": "customer-ended-call",
    "events": [
        message("01", "status-update", status="in-progress"),
        message("05.25", "conversation-update", turns=4),
        use("07", "checkAvailability", explanations=[{"sentence": WHY}]),
        use("19", "endCall", outcome=None, ended="replayed", effects=["end_call"], milliseconds=3.0),
        message("40", "end-of-call-report", sent_back="MESSAGE_NOT_RECORDED"),
    ],
    "has_more": False,
}


@pytest.fixture
def lakesides(gateway):
    """The call is Lakeside's, and of nobody else."""

    def answer(asked):
        from starlette.responses import JSONResponse

        if asked.organization == LAKESIDE["id"]:
            return JSONResponse(TIMELINE)
        problem = {"status": 404, "code": "CALL_NOT_FOUND", "detail": "No such call.", "fix": "", "trace_id": "ab"}
        return JSONResponse(problem, 404, media_type="application/problem+json")

    gateway.answers["GET", PATH] = answer
    return gateway


def test_a_call_is_drawn_event_by_event(switchboard, lakesides):
    told = " ".join(switchboard("call", ID).stdout.split())

    for shown in (
        "call-1",
        "ended, customer-ended-call, 95 s",
        "09:30:05.2",
        "4 turns",
        "in-progress",
        "checkAvailability → free",
        "date: 2026-12-01, patientName: •••",
        "“Nine and eleven are free.”",
        "endCall → replayed, end_call",
        "sent back:",
        "called_number, platform",
    ):
        assert shown in told, shown


def test_where_the_time_of_a_tool_went_is_drawn_to_scale(switchboard, lakesides):
    assert "████▓▓▓▓▒▒▒▒░░░░" in switchboard("call", ID).stdout


def test_it_is_looked_for_in_every_organization_or_in_the_one_that_is_named(switchboard, lakesides):
    switchboard("call", ID, "-o", "Lakeside Dental")
    asked = {one.organization for one in lakesides.asked if one.path == PATH}
    assert asked == {LAKESIDE["id"]}

    assert switchboard("call", ID).exit_code == 0
    assert switchboard("call", ID, "-o", "Harbor Physiotherapy").exit_code == 1
    asked = {one.organization for one in lakesides.asked if one.path == PATH}
    assert asked == {LAKESIDE["id"], HARBOR["id"]}


def test_a_call_that_nobody_has_is_told_so(switchboard, lakesides):
    lakesides.will_refuse("GET", "/api/calls/x/timeline", 404, code="CALL_NOT_FOUND", detail="No such call.", fix="")
    result = switchboard("call", "x")
    assert (result.exit_code, "No organization has a call x" in result.stderr) == (1, True)


def test_why_a_time_was_not_offered_is_a_sentence_for_each_calendar(switchboard, lakesides):
    told = switchboard("call", ID, "--why", "10:00").stdout
    assert WHY in " ".join(told.split())
    assert "checkAvailability" in told
    assert [one.query for one in lakesides.asked if one.path == PATH][-1] == {"why": "10:00"}


def test_a_time_that_nothing_was_answered_about_is_told_so(switchboard, gateway):
    gateway.will_answer("GET", PATH, TIMELINE | {"events": TIMELINE["events"][:2]})
    assert "about 10:00" in switchboard("call", ID, "--why", "10:00").stdout


def test_machines_get_it_as_it_is(switchboard, lakesides):
    assert json.loads(switchboard("call", ID, "--json").stdout) == TIMELINE


def test_what_a_terminal_would_obey_is_not_printed(switchboard, gateway):
    odd = use("07", "checkAvailability", say="\x1b[31mred", arguments={"date": "\x1b]0;x\x07"})
    gateway.will_answer("GET", PATH, TIMELINE | {"vapi_call_id": "\x1b[2J", "events": [odd]})
    assert "\x1b" not in switchboard("call", ID).stdout
