"""What a call came to is one thing, by one rule; and so is what came of a tool's use."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.domain.analytics.call_outcomes import CallKind, CallOutcome
from booking.domain.analytics.tool_answers import failure, no_answer

TALKED = {"has_begun": True, "has_ended": True}


@pytest.mark.parametrize(
    ("reason", "outcome"),
    [
        ("customer-ended-call", CallOutcome.INFORMATION),
        ("assistant-ended-call-after-message-spoken", CallOutcome.INFORMATION),
        ("silence-timed-out", CallOutcome.INFORMATION),
        ("exceeded-max-duration", CallOutcome.INFORMATION),
        ("customer-ended-call-during-transfer", CallOutcome.INFORMATION),
        ("a-word-of-next-year", CallOutcome.INFORMATION),
        (None, CallOutcome.INFORMATION),
        ("assistant-forwarded-call", CallOutcome.TRANSFERRED),
        ("call.ringing.hook-executed-transfer", CallOutcome.TRANSFERRED),
        ("assistant-request-returned-forwarding-phone-number", CallOutcome.TRANSFERRED),
        ("voicemail", CallOutcome.VOICEMAIL),
        ("customer-did-not-answer", CallOutcome.NO_ANSWER),
        ("customer-busy", CallOutcome.NO_ANSWER),
        ("call.ringing.sip-inbound-caller-hungup-before-call-connect", CallOutcome.NO_ANSWER),
        ("pipeline-error-openai-llm-failed", CallOutcome.FAILED),
        ("call.in-progress.error-vapifault-worker-died", CallOutcome.FAILED),
        ("assistant-request-returned-no-assistant", CallOutcome.FAILED),
        ("Assistant-Not-Found", CallOutcome.FAILED),
    ],
)
def test_vapis_word_tells_what_a_call_came_to(reason: str | None, outcome: CallOutcome) -> None:
    assert CallKind(ended_reason=reason, **TALKED).outcome is outcome


def test_what_was_done_counts_before_how_it_ended() -> None:
    broken = {"ended_reason": "pipeline-error", **TALKED}
    assert CallKind(**broken, booked=True, moved=True, cancelled=True).outcome is CallOutcome.BOOKED
    assert CallKind(**broken, moved=True, cancelled=True).outcome is CallOutcome.RESCHEDULED
    assert CallKind(**broken, cancelled=True).outcome is CallOutcome.CANCELLED
    assert CallKind(**broken).outcome is CallOutcome.FAILED


def test_a_call_is_open_until_it_is_known_to_have_ended() -> None:
    assert CallKind(has_begun=True).outcome is CallOutcome.OPEN
    assert CallKind(has_begun=True, has_ended=True).outcome is CallOutcome.INFORMATION
    assert CallKind(has_ended=True).outcome is CallOutcome.NO_ANSWER


def test_nobody_answered_a_voicemail_and_somebody_did_what_was_booked() -> None:
    assert not CallKind(ended_reason="voicemail", **TALKED).answered
    assert not CallKind(ended_reason="pipeline-error", has_ended=True).answered
    assert CallKind(ended_reason="pipeline-error", **TALKED).answered
    assert CallKind(booked=True).answered


@given(st.builds(CallKind, ended_reason=st.none() | st.text()))
def test_every_call_comes_to_something(kind: CallKind) -> None:
    assert kind.outcome in CallOutcome
    assert kind.answered in {True, False}


def test_a_failure_is_no_refusal_and_a_refusal_no_failure() -> None:
    assert (failure("DATABASE_UNAVAILABLE"), no_answer("DATABASE_UNAVAILABLE", None)) == ("DATABASE_UNAVAILABLE", None)
    assert (failure("said"), no_answer("said", "taken")) == (None, "taken")
    assert (failure("said"), no_answer("said", "booked")) == (None, None)
    assert (failure("said"), no_answer("said", "a word of another service")) == (None, None)
