"""What is very long: calls of hours, and people who called often."""

from typing import Any

import pytest

from chassis.rpc import MESSAGE_LIMIT

NUMBER = "+14155550123"
LONGEST = "é" * 200_000


@pytest.fixture
async def caller(desk: Any) -> Any:
    """Somebody who talked for hours, many times."""
    person = await desk.contact("Ana Exempla", NUMBER)
    for number in range(14):
        await desk.record_call(f"call-{number}", caller_number=NUMBER, transcript=LONGEST)
    return person


async def test_a_transcript_of_two_mebibytes_is_recorded_as_far_as_it_is_kept(desk: Any) -> None:
    call = await desk.record_call("call-1", transcript="é" * (1024 * 1024), is_report=True)

    assert (await desk.call(call.id)).transcript == LONGEST


async def test_an_export_of_more_than_a_message_holds_is_told_in_parts_and_each_call_once(
    desk: Any, caller: Any
) -> None:
    parts = [await desk.export_part(caller.id)]
    while parts[-1].next_page_token:
        parts.append(await desk.export_part(caller.id, parts[-1].next_page_token))

    assert all(part.ByteSize() < MESSAGE_LIMIT for part in parts)
    assert sum(part.ByteSize() for part in parts) > MESSAGE_LIMIT
    told = [call["vapi_call_id"] for part in parts for call in part.document["calls"]]
    assert sorted(told) == sorted(f"call-{number}" for number in range(14))
    assert {part.document["contact"]["id"] for part in parts} == {caller.id}


async def test_an_export_of_little_is_one_part(desk: Any) -> None:
    person = await desk.contact("Ana Exempla", NUMBER)

    assert (await desk.export_part(person.id)).next_page_token == ""


@pytest.mark.parametrize("token", ["next", "-1", "\uff11", "1" * 40])
async def test_a_part_that_is_none_is_refused(desk: Any, refused: Any, token: str) -> None:
    person = await desk.contact("Ana Exempla", NUMBER)

    assert (await refused(desk.export_part(person.id, token))).reason == "MALFORMED_PAGE_TOKEN"
