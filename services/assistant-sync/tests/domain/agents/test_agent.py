import pytest

from assistant_sync.domain.agents.agent import Agent, AgentType, Desired, PendingReason, changed, without
from assistant_sync.domain.errors import MissingName, NameTooLong


def test_fields_that_a_save_does_not_name_stay_as_they_are():
    assert changed(Desired("Reception", prompt="Be kind"), {"first_message": "Hello"}) == Desired(
        "Reception", first_message="Hello", prompt="Be kind"
    )


def test_the_first_save_needs_a_name():
    with pytest.raises(MissingName):
        changed(None, {"prompt": "Be kind"})


def test_no_save_may_empty_the_name():
    with pytest.raises(MissingName):
        changed(Desired("Reception"), {"name": "  "})


def test_forty_characters_are_the_most_a_name_may_have():
    assert changed(None, {"name": "n" * 40}).name == "n" * 40
    with pytest.raises(NameTooLong):
        changed(None, {"name": "n" * 41})


def agent(desired: Desired, unsynced: dict[str, int], pending: PendingReason | None, version: int) -> Agent:
    return Agent(AgentType.INBOUND, desired, unsynced, pending, vapi_assistant_id="a-1", version=version)


UNFINISHED = PendingReason.UNFINISHED
BEFORE = agent(Desired("Reception", prompt="Be kind"), {"prompt": 3}, PendingReason.VAPI_AWAY, 3)
REFUSED = agent(
    Desired("Front desk", prompt="Bad", voice={"a": 1}), {"prompt": 4, "name": 4, "voice": 4}, UNFINISHED, 4
)


def test_a_refused_save_leaves_the_agent_as_it_was_before():
    left = without(REFUSED, REFUSED, BEFORE)
    assert left is not None
    assert (left.desired, left.unsynced, left.pending) == (BEFORE.desired, BEFORE.unsynced, BEFORE.pending)
    assert left.version > REFUSED.version


def test_what_a_later_save_named_stays_when_a_refused_one_is_taken_out_even_if_both_said_the_same():
    later = agent(REFUSED.desired, {"prompt": 5, "name": 4, "voice": 4}, UNFINISHED, 5)
    left = without(later, REFUSED, BEFORE)
    assert left is not None
    assert (left.desired, left.unsynced) == (Desired("Reception", prompt="Bad"), {"prompt": 5})
    assert left.pending is UNFINISHED


def test_of_a_refused_first_save_nothing_is_left():
    assert without(REFUSED, REFUSED, None) is None


def test_a_later_save_keeps_the_name_that_a_refused_first_one_gave():
    later = agent(Desired("Front desk", prompt="Good"), {"name": 4, "voice": 4, "prompt": 5}, UNFINISHED, 5)
    left = without(later, REFUSED, None)
    assert left is not None
    assert (left.desired, left.unsynced) == (Desired("Front desk", prompt="Good"), {"name": 4, "prompt": 5})
