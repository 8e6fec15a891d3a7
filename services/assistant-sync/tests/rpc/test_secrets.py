"""What Vapi is given to prove itself with, and how that is replaced."""

from typing import Any

NEW, OLD = "the-new-webhook-secret", "the-webhook-secret"


def shown_by(vapi: Any) -> set[str]:
    """What everything of ours in Vapi posts with."""
    store = vapi.simulator.store
    everything = [*vapi.assistants(), *store.list("tool", lambda _: True, 1000)]
    return {one["server"]["headers"]["X-Vapi-Secret"] for one in everything}


async def test_vapi_is_given_the_first_of_several_secrets(instance, vapi):
    async with instance(OLD) as before:
        await before.save(name="Reception")
        await before.publish()
        assert shown_by(vapi) == {OLD}
    async with instance(f"{NEW},{OLD}") as after:
        await after.catch_up()
        assert shown_by(vapi) == {NEW}


async def test_a_secret_that_only_stays_accepted_changes_nothing_in_vapi(instance, vapi):
    async with instance(OLD) as before:
        await before.save(name="Reception")
        await before.publish()
        await before.catch_up()
    vapi.sent.clear()
    async with instance(f"{OLD},{NEW}") as after:
        await after.catch_up()
    assert {method for method, _, _ in vapi.sent} == {"GET"}
