"""What status updates and reports tell of their call, in whichever of Vapi's ways it is written."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.answer.records.recording import request_of
from gateway.message.call_messages import read_call_message
from gateway.message.messages import NotAMessage
from switchboard.booking.v1.call_service_pb2 import Call, RecordCallRequest

OURS = frozenset({"bookClinicAppointment", "checkAvailability"})


def told(message, *, tools=OURS):
    return request_of(read_call_message(json.dumps({"message": message}).encode()), tools)


def report(**fields):
    return told({"type": "end-of-call-report", "call": {"id": "call-1"}} | fields)


def status(status, **fields):
    return told({"type": "status-update", "status": status, "call": {"id": "call-1"}} | fields)


def instants(request):
    return [getattr(request, name).ToDatetime(UTC) for name in ("started_at", "ended_at") if request.HasField(name)]


def test_when_vapi_made_the_call_is_told_beside_when_it_began():
    made = status("ringing", call={"id": "call-1", "createdAt": "2027-03-02T17:20:04.310Z"})
    assert made.created_at.ToDatetime(UTC) == datetime(2027, 3, 2, 17, 20, 4, 310000, tzinfo=UTC)
    assert not made.HasField("started_at")
    assert not status("ringing", call={"id": "call-1", "createdAt": "soon"}).HasField("created_at")


class TestEveryBody:
    """Of the project's own server messages; each of Vapi's shapes of them is among these."""

    @pytest.fixture
    def told_by(self, vapi_bodies):
        return lambda name: request_of(read_call_message(vapi_bodies[name]), OURS)

    def test_a_report_of_a_telephone_call_tells_all_there_is(self, told_by):
        request = told_by("end-of-call-report-phone")
        assert (request.vapi_call_id, request.assistant_id) == (
            "0b5e7d10-90a1-4c00-8f00-000000000013",
            "8c1f6b52-7e0d-4c39-b8a4-2d5e9f03c6a7",
        )
        assert (request.direction, request.caller_number, request.called_number) == (
            Call.INBOUND,
            "+12065550177",
            "+12065550142",
        )
        assert instants(request) == [
            datetime(2027, 3, 2, 17, 20, 6, tzinfo=UTC),
            datetime(2027, 3, 2, 17, 21, 30, 250000, tzinfo=UTC),
        ]
        assert (request.status, request.ended_reason) == ("ended", "customer-ended-call")
        assert (request.duration_seconds, request.cost) == (84.25, 0.0817)
        assert request.cost_parts == {
            "transport": 0.0112,
            "transcriber": 0.014,
            "model": 0.0057,
            "voice": 0.0084,
            "vapi": 0.0424,
            "analysis": 0.0001,
        }
        assert (request.summary, request.success_evaluation) == ("The caller booked a visit.", "true")
        assert json.loads(request.structured_data) == {"booked": True}
        assert request.transcript.startswith("AI: Harbour Street Physiotherapy, good morning.\nUser: Hello")
        assert request.recording_urls == {
            "mono": "https://storage.example.org/one.wav",
            "stereo": "https://storage.example.org/two.wav",
        }

    def test_a_report_of_2024_tells_its_part(self, told_by):
        request = told_by("end-of-call-report-squad")
        assert (request.status, request.HasField("started_at"), request.HasField("cost")) == ("ended", False, False)
        assert request.summary
        assert request.transcript
        assert request.recording_urls

    def test_a_web_call_has_no_numbers(self, told_by):
        request = told_by("end-of-call-report-web-call")
        assert (request.direction, request.caller_number, request.called_number) == (Call.WEB, "", "")
        assert request.HasField("duration_seconds")

    def test_a_report_without_its_call_is_the_same_call_each_time(self, told_by):
        first, second = told_by("end-of-call-report-pipeline-error"), told_by("end-of-call-report-pipeline-error")
        assert first == second
        assert first.vapi_call_id.startswith("made_")
        assert first.ended_reason

    def test_the_status_is_the_messages_and_not_the_one_of_the_calls_creation(self, told_by):
        assert told_by("status-update-in-progress-web-call").status == "in-progress"
        assert told_by("status-update-forwarding").status == "forwarding"
        assert told_by("status-update-ended").status == "ended"


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2027-03-02T17:20:06.500Z", datetime(2027, 3, 2, 17, 20, 6, 500000, tzinfo=UTC)),
        ("2027-03-02T19:20:06.500+02:00", datetime(2027, 3, 2, 17, 20, 6, 500000, tzinfo=UTC)),
        (1804008006500, datetime(2027, 3, 2, 17, 20, 6, 500000, tzinfo=UTC)),
        (1804008006500.25, datetime(2027, 3, 2, 17, 20, 6, 500250, tzinfo=UTC)),
        (1804008006.5, datetime(2027, 3, 2, 17, 20, 6, 500000, tzinfo=UTC)),
    ],
)
def test_an_instant_is_text_or_milliseconds(written, instant):
    assert instants(report(startedAt=written)) == [instant]


@pytest.mark.parametrize("strange", [0, -1, True, "yesterday", "0001-01-01T00:00:00Z", 1e300, 10**400, [], {}, None])
def test_an_instant_that_cannot_be_one_is_not_told(strange):
    assert instants(report(startedAt=strange, endedAt=strange)) == []


def test_times_are_taken_from_the_call_where_the_message_has_none():
    times = {"startedAt": "2027-03-02T17:20:06Z", "endedAt": "2027-03-02T17:21:30Z"}
    request = status("ended", call={"id": "call-1", "status": "ringing"} | times)
    assert [f"{instant:%H:%M:%S}" for instant in instants(request)] == ["17:20:06", "17:21:30"]


@pytest.mark.parametrize(
    ("standing", "told"), [("ringing", []), ("in-progress", ["started_at"]), ("ended", ["ended_at"]), ("odd", [])]
)
def test_a_status_update_that_tells_no_time_was_sent_as_the_call_came_to_stand_so(standing, told):
    request = status(standing, timestamp=1804008006500)
    assert [field for field in ("started_at", "ended_at") if request.HasField(field)] == told
    assert all(instant == datetime(2027, 3, 2, 17, 20, 6, 500000, tzinfo=UTC) for instant in instants(request))


def test_a_report_is_sent_later_than_the_call_ended():
    assert instants(report(timestamp=1804008006500, status="ended")) == []


@pytest.mark.parametrize(
    ("fields", "seconds"),
    [
        ({"durationMs": 84250, "durationSeconds": 84, "durationMinutes": 1.4}, 84.25),
        ({"durationSeconds": 84.25, "durationMinutes": 1.4}, 84.25),
        ({"durationMinutes": 1.5}, 90),
        ({"durationMs": 0}, 0),
        ({"durationMs": "84250", "durationSeconds": 84.25}, 84.25),
        ({"durationMs": -1, "durationSeconds": 84.25}, 84.25),
    ],
)
def test_a_duration_is_seconds_in_whichever_unit_it_is_told(fields, seconds):
    assert report(**fields).duration_seconds == seconds


def test_a_duration_that_is_not_told_is_not_known():
    assert not report().HasField("duration_seconds")


def test_the_cost_is_the_breakdowns_total_where_it_is_told_there_alone():
    assert report(costBreakdown={"total": 0.5}).cost == 0.5
    assert report(cost=0.25, costBreakdown={"total": 0.5}).cost == 0.25
    assert not report(costBreakdown={"total": None}).HasField("cost")


def test_items_of_one_part_are_added_up():
    costs = [{"type": "transport", "cost": 0.1}, {"type": "transport", "cost": 0.2}, {"type": "voice"}, None, 7]
    assert report(costs=costs).cost_parts == {"transport": 0.3}


@pytest.mark.parametrize("kind", [("outboundPhoneCall", Call.OUTBOUND), ("webCall", Call.WEB), ("pigeon", 0), (7, 0)])
def test_a_direction_is_one_that_is_known(kind):
    assert report(call={"id": "call-1", "type": kind[0]}).direction == kind[1]


@pytest.mark.parametrize(
    ("told_as", "words"), [(True, "true"), ("7", "7"), (3.5, "3.5"), ({"a": 1}, '{"a":1}'), (None, "")]
)
def test_a_success_evaluation_is_told_in_words(told_as, words):
    assert report(analysis={"successEvaluation": told_as}).success_evaluation == words


def test_structured_outputs_are_told_by_name_where_the_analysis_found_nothing():
    outputs = {"5000": {"name": "booking", "result": {"booked": True}}, "5001": {"result": 7}, "5002": {"name": "none"}}
    request = report(artifact={"structuredOutputs": outputs}, analysis={"structuredData": {}})
    assert json.loads(request.structured_data) == {"booking": {"booked": True}, "5001": 7}


def test_tools_of_ours_that_were_called_are_told_once():
    names = ["checkAvailability", "checkAvailability", "bookClinicAppointment", "sendFax"]
    turns = [{"role": "tool_calls", "toolCalls": [{"id": "1", "function": {"name": name}}]} for name in names]
    assert report(messages=turns).tools_used == report(artifact={"messages": turns}).tools_used
    assert report(artifact={"messages": turns}).tools_used == ["bookClinicAppointment", "checkAvailability"]


def test_what_is_signed_for_half_an_hour_is_no_place_of_a_recording():
    signed = {"presignedMonoUrl": "https://storage.example.org/one.wav?signature=1"}
    assert report(artifact=signed).recording_urls == {}


@pytest.mark.parametrize(
    "address", ["http://example.org/1.wav", "file:///etc", "https://a/\n", 7, "https://" + 3000 * "a"]
)
def test_an_address_of_a_recording_is_https(address):
    assert report(recordingUrl=address).recording_urls == {}


def test_half_an_emoji_does_not_cost_the_report():
    body = rb'{"message":{"type":"end-of-call-report","call":{"id":"call-1"},"transcript":"Oh \ud83d",'
    body += rb'"analysis":{"structuredData":{"said":"\ud83d"}}}}'
    request = request_of(read_call_message(body), OURS)
    assert request.transcript == "Oh \ufffd"
    assert json.loads(request.structured_data) == {"said": "\ufffd"}


def test_a_status_update_of_no_call_is_of_no_call():
    assert told({"type": "status-update", "status": "ended"}).vapi_call_id == ""


def test_a_report_whose_recordings_are_signed_anew_is_of_the_same_call():
    first, second = (told({"type": "end-of-call-report", "recordingUrl": f"https://a/1?s={n}"}) for n in range(2))
    assert first.vapi_call_id == second.vapi_call_id
    assert first.vapi_call_id != told({"type": "end-of-call-report", "summary": "Another"}).vapi_call_id


def test_what_is_no_message_is_none():
    with pytest.raises(NotAMessage):
        read_call_message(b'{"message": 7}')


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda some: st.lists(some, max_size=3) | st.dictionaries(st.sampled_from(["id", "type", "cost", "mono"]), some),
    max_leaves=6,
)
FIELDS = (
    *("status", "endedReason", "startedAt", "endedAt", "durationMs", "durationSeconds", "durationMinutes", "cost"),
    *("costs", "costBreakdown", "analysis", "artifact", "call", "summary", "transcript", "messages", "recordingUrl"),
    *("stereoRecordingUrl", "assistant", "customer", "phoneNumber"),
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(FIELDS), anything), st.sampled_from(["status-update", "end-of-call-report"]))
def test_nothing_strange_stands_in_the_way_of_the_rest(fields, message_type):
    assert isinstance(told(fields | {"type": message_type}), RecordCallRequest)
