"""The report that is made of a call says what Vapi's would, and nothing that is not of the call."""

import json
from datetime import UTC, datetime
from typing import Any

from assistant_sync.domain.calls.report import MOST_BYTES, report_of
from assistant_sync.domain.calls.vapi_call import VapiCall

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
BEGAN = datetime(2026, 11, 20, 16, 2, tzinfo=UTC)
CALL: dict[str, Any] = {
    "id": "call-1",
    "type": "inboundPhoneCall",
    "status": "ended",
    "createdAt": "2026-11-20T16:02:00.000Z",
    "startedAt": "2026-11-20T16:02:01.000Z",
    "endedAt": "2026-11-20T16:02:31.500Z",
    "endedReason": "customer-ended-call",
    "phoneNumberId": "line-1",
    "phoneNumber": {"twilioAuthToken": "planted"},
    "assistantId": "assistant-1",
    "assistant": {"model": {"messages": ["planted"]}, "metadata": {"org_id": "claimed"}},
    "assistantOverrides": {"metadata": {"org_id": "overridden"}, "firstMessage": "planted"},
    "customer": {"number": "+14155550123"},
    "transport": {"callToken": "planted"},
    "monitor": {"controlUrl": "planted"},
    "cost": 0.21,
    "costBreakdown": {"total": 0.21},
    "costs": [{"type": "model", "cost": 0.01}],
    "analysis": {"summary": "A toothache.", "structuredData": {"pain": True}},
    "artifact": {
        "transcript": "AI: Good day.\n",
        "messages": [{"role": "bot"}],
        "messagesOpenAIFormatted": ["planted"],
    },
}


def message_of(call: dict[str, Any], line: str = "+12125550100") -> dict[str, Any]:
    body = report_of(VapiCall(call["id"], BEGAN, call), line, NOW)
    assert body is not None
    message: dict[str, Any] = json.loads(body)["message"]
    return message


def test_it_tells_what_the_call_tells() -> None:
    message = message_of(CALL)

    assert message["type"] == "end-of-call-report"
    for told in ("startedAt", "endedAt", "endedReason", "cost", "costBreakdown", "costs", "analysis", "customer"):
        assert message[told] == CALL[told]
    assert message["artifact"] == {"transcript": "AI: Good day.\n", "messages": [{"role": "bot"}]}
    assert message["durationMs"] == 30_500


def test_it_says_whose_it_is_as_a_message_does() -> None:
    message = message_of(CALL)

    assert message["phoneNumber"] == {"id": "line-1", "number": "+12125550100"}
    assert (message["call"]["id"], message["call"]["assistantId"]) == ("call-1", "assistant-1")
    assert message["assistant"] == {"id": "assistant-1", "metadata": {"org_id": "claimed"}}
    assert message["call"]["assistantOverrides"] == {"metadata": {"org_id": "overridden"}}


def test_nothing_that_is_not_of_the_call_is_in_it() -> None:
    assert "planted" not in json.dumps(message_of(CALL))


def test_a_web_call_has_no_line() -> None:
    message = message_of({"id": "call-2", "type": "webCall", "assistantId": "assistant-1"}, line="")

    assert "phoneNumber" not in message
    assert "durationMs" not in message


def test_a_history_that_is_too_long_for_a_message_is_left_out() -> None:
    history = {"transcript": "AI: Good day.\n", "messages": [{"message": "x" * MOST_BYTES}]}

    assert message_of(CALL | {"artifact": history})["artifact"] == {"transcript": "AI: Good day.\n"}


def test_what_no_message_can_hold_is_none() -> None:
    endless = CALL | {"artifact": {"transcript": "x" * MOST_BYTES}}

    assert report_of(VapiCall("call-1", BEGAN, endless), "", NOW) is None
