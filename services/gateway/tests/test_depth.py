"""A tool's arguments may be 64 deep; whatever is deeper anywhere is refused or passed over, never an error of ours."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.message.depth import is_too_deep

LINE = "+12065550142"
DEEPER = (65, 500, 1_000, 100_000)

values = st.recursive(
    st.none() | st.integers() | st.text(alphabet='a"\\[]{},:', max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(alphabet='"\\{', max_size=3), inner, max_size=3)
    ),
    max_leaves=25,
)


def deep(levels):
    return "[" * levels + "]" * levels


def depth_of(value):
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inside is None else 1 + max(map(depth_of, inside), default=0)


@given(values, st.integers(0, 8))
def test_depth_is_that_of_the_decoded_value(value, most):
    assert is_too_deep(json.dumps(value).encode(), most) == (depth_of(value) > most)


def test_just_as_deep_as_may_be():
    assert not is_too_deep(deep(64).encode())
    assert is_too_deep(deep(65).encode())


@pytest.mark.parametrize("levels", DEEPER)
async def test_arguments_that_are_too_deep_are_not_understood(room, levels):
    call = '{"id": "call_1", "function": {"name": "checkAvailability", "arguments": {"date": ' + deep(levels) + "}}}"
    body = '{"message": {"type": "tool-calls", "toolCallList": [' + call + '], "phoneNumber": {"number": "' + LINE
    response = await room.post((body + '"}}}').encode())
    assert response.status_code in (200, 400)
    assert response.status_code == 400 or "incomplete" in response.json()["results"][0]["error"]
    assert room.booking.heard == []


@pytest.mark.parametrize("kind", ["transcript", "end-of-call-report", "status-update", "assistant-request"])
@pytest.mark.parametrize("levels", DEEPER)
async def test_a_message_of_any_depth_is_read_or_refused(room, kind, levels):
    body = f'{{"message": {{"type": "{kind}", "phoneNumber": {{"number": "{LINE}"}}, "analysis": {deep(levels)}}}}}'
    response = await room.post(body.encode())
    assert response.status_code in (200, 400)


@pytest.mark.parametrize("levels", DEEPER)
async def test_a_body_of_the_api_that_is_too_deep_is_refused(room, levels):
    headers = {"Authorization": "Bearer the key of the administrator", "Content-Type": "application/json"}
    body = '{"name": "A", "timezone": ' + deep(levels) + "}"
    response = await room.http.post("/api/organizations", content=body, headers=headers)
    assert response.status_code == 400
