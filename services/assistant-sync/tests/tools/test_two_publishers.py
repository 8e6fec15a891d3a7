"""Deployments that share a Vapi account and an address, and know nothing of each other's databases."""

import asyncio
from datetime import timedelta

from assistant_sync.domain.tools.retire_tools import DETACHED_WITHIN

NAMES = ["book", "cancel", "list"]


def names(tools):
    return sorted(tool["function"]["name"] for tool in tools)


async def test_those_that_publish_at_once_come_to_keep_one_set(publishing, network, clock, there):
    """Both look before either creates, so that both create."""
    one, other = publishing(), publishing(elsewhere=True)
    network.hold_back_creates_until(2)

    await asyncio.gather(one.publish(), other.publish())
    made = names(there())
    await asyncio.gather(one.publish(), other.publish())
    clock.move(DETACHED_WITHIN)
    await asyncio.gather(one.publish(), other.publish())

    assert made == sorted(NAMES * 2)
    assert names(there()) == NAMES
    assert await one.ids() == await other.ids() == {tool["id"] for tool in there()}


async def test_those_that_publish_one_after_the_other_make_one_set(publishing, vapi, there):
    one, other = publishing(), publishing(elsewhere=True)

    await one.publish()
    await other.publish()

    assert names(there()) == NAMES
    assert await one.ids() == await other.ids()
    assert vapi.bodies("PATCH") == vapi.bodies("DELETE") == []


async def test_at_another_address_each_has_its_own_set(publishing, deployment, there, clock):
    one = publishing()
    await one.publish()
    deployment.url, deployment.former = "https://staging.example", frozenset()
    other = publishing(elsewhere=True)

    await other.publish()
    clock.move(timedelta(days=1))
    await other.publish()

    assert names(there()) == sorted(NAMES * 2)
    assert not await one.ids() & await other.ids()
