"""Whatever is told of a call, in whichever order and however often, ends in the same record."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import reduce
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.domain.calls.call import CallRecord, Direction, richer

BEGINNING = datetime(2026, 12, 1, 15, 0, tzinfo=UTC)
NOTHING = CallRecord("call-1")

moments = st.none() | st.integers(0, 3).map(lambda minutes: BEGINNING + timedelta(minutes=minutes))
words = st.none() | st.sampled_from(["", "a", "b", "aa", "ab", "ended", "customer-ended-call"])
figures = st.none() | st.floats(0, 100)
records = st.builds(
    lambda *, started_at, ended_at, is_reported, **rest: CallRecord(
        started_at=started_at,
        ended_at=ended_at,
        is_reported=is_reported,
        start_is_reported=is_reported and started_at is not None,
        end_is_reported=is_reported and ended_at is not None,
        **rest,
    ),
    is_reported=st.booleans(),
    vapi_call_id=st.just("call-1"),
    caller_number=st.none() | st.sampled_from(["+14155550123", "+14155550199"]),
    started_at=moments,
    ended_at=moments,
    duration_seconds=figures,
    ended_reason=words,
    cost=figures,
    summary=words,
    status=st.none() | st.sampled_from(["queued", "ringing", "in-progress", "forwarding", "ended", "levitating"]),
    direction=st.none() | st.sampled_from(Direction),
    called_number=st.none() | st.sampled_from(["+14155550100", "+14155550101"]),
    assistant_id=words,
    cost_parts=st.dictionaries(st.sampled_from(["model", "voice", "vapi"]), st.floats(0, 100)),
    structured_data=st.none() | st.sampled_from(["{}", '{"a":1}', '{"b":1}']),
    success_evaluation=words,
    transcript=words,
    recording_urls=st.dictionaries(
        st.sampled_from(["mono", "stereo"]), st.sampled_from(["https://a/1", "https://b/1"])
    ),
    tools_used=st.frozensets(st.sampled_from(["holdSlot", "checkAvailability"])),
)


def told(records: Sequence[CallRecord]) -> CallRecord:
    return reduce(richer, records, NOTHING)


@given(st.lists(records, max_size=5).flatmap(lambda some: st.tuples(st.just(some), st.permutations(some))))
def test_the_order_does_not_matter(orders: tuple[list[CallRecord], list[CallRecord]]) -> None:
    one, other = orders
    assert told(one) == told(other)


@given(st.lists(records, max_size=4), st.lists(st.integers(0, 3), max_size=6))
def test_repetition_does_not_matter(some: list[CallRecord], again: list[int]) -> None:
    repeated = [some[index] for index in again if index < len(some)]
    assert told(some + repeated) == told(some)


@given(records, records)
def test_nothing_that_is_known_is_lost_to_what_does_not_say_it(known: CallRecord, other: CallRecord) -> None:
    together = richer(known, other)
    for field in CallRecord.__slots__:
        if getattr(other, field) is None:
            assert getattr(together, field) == getattr(known, field)
        if getattr(known, field) is not None:
            assert getattr(together, field) is not None
    assert together.cost_parts.keys() == known.cost_parts.keys() | other.cost_parts.keys()
    assert together.recording_urls.keys() == known.recording_urls.keys() | other.recording_urls.keys()
    assert together.tools_used == known.tools_used | other.tools_used


@given(records)
def test_of_somebody_who_was_erased_nothing_is_told_that_a_person_said_or_is_known_by(told_late: CallRecord) -> None:
    left = told_late.of_nobody()
    assert {left.caller_number, left.summary, left.structured_data, left.success_evaluation, left.transcript} == {None}
    assert left.recording_urls == {}
    assert (left.cost, left.called_number, left.tools_used) == (
        told_late.cost,
        told_late.called_number,
        told_late.tools_used,
    )


@given(records)
def test_what_tells_nothing_changes_nothing(known: CallRecord) -> None:
    assert richer(known, NOTHING) == richer(NOTHING, known) == known


def test_a_calls_own_messages_in_every_order_end_in_its_report() -> None:
    messages = [
        CallRecord("call-1", status="ringing", caller_number="+14155550123"),
        CallRecord("call-1", status="in-progress", started_at=BEGINNING),
        CallRecord("call-1", status="ended", ended_reason="customer-ended-call"),
        CallRecord(
            "call-1",
            started_at=BEGINNING,
            ended_at=BEGINNING + timedelta(minutes=2),
            duration_seconds=120.0,
            cost=0.21,
            summary="Booked a consultation.",
        ),
    ]
    ends = {told(order) for order in permutations(messages)}

    assert ends == {
        CallRecord(
            "call-1",
            "+14155550123",
            BEGINNING,
            BEGINNING + timedelta(minutes=2),
            120.0,
            "customer-ended-call",
            0.21,
            "Booked a consultation.",
            "ended",
        )
    }


def test_a_report_s_times_win_and_where_it_tells_none_those_of_status_updates_stay() -> None:
    def minute(number: int) -> datetime:
        return BEGINNING + timedelta(minutes=number)

    answered = CallRecord("call-1", started_at=minute(1), status="in-progress")
    over = CallRecord("call-1", ended_at=minute(9), status="ended")
    untimed = CallRecord("call-1", is_reported=True)
    timed = CallRecord("call-1", started_at=minute(2), start_is_reported=True, is_reported=True)

    for messages in permutations([answered, over, untimed]):
        assert (told(messages).started_at, told(messages).ended_at) == (minute(1), minute(9))
        assert told(messages).seconds == 480
    for messages in permutations([answered, over, untimed, timed]):
        assert (told(messages).started_at, told(messages).ended_at) == (minute(2), minute(9))


@pytest.mark.parametrize("later", ["queued", "ringing", "in-progress", "forwarding", "levitating"])
def test_a_call_that_ended_has_ended_whatever_comes_late(later: str) -> None:
    known = richer(CallRecord("call-1", status="ended"), CallRecord("call-1", status=later))

    assert known.status == "ended"
    assert known.has_ended
