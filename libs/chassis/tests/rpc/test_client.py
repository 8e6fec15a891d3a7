"""Deadlines, retries and replicas, between a real client and real servers."""

import asyncio
from typing import Any

import pytest

from chassis.deadline import MARGIN, deadline_scope, remaining
from chassis.errors import DeadlineTooShort, DomainError, Kind, RemoteError
from switchboard.tenancy.v1.api_key_service_pb2 import CreateApiKeyRequest
from switchboard.tenancy.v1.api_key_service_pb2_grpc import ApiKeyServiceStub


class Away(DomainError, kind=Kind.UNAVAILABLE, reason="AWAY"):
    pass


class Broken(DomainError, kind=Kind.INTERNAL, reason="BROKEN"):
    pass


async def nothing() -> None:
    pass


async def seconds_left() -> str:
    return str(remaining())


class Failing:
    """Raises the first `times` times, then answers which try it was."""

    def __init__(self, error: DomainError, times: int) -> None:
        self._error = error
        self._times = times
        self.tries = 0

    async def __call__(self) -> str:
        self.tries += 1
        if self.tries <= self._times:
            raise self._error
        return str(self.tries)


async def test_a_call_without_any_deadline_is_a_mistake_of_the_program(serve: Any, connect: Any) -> None:
    async with serve(nothing) as server, connect(server) as client:
        method: Any = client.stub(ApiKeyServiceStub).CreateApiKey
        with pytest.raises(TypeError, match="deadline"):
            await method(CreateApiKeyRequest())


async def test_the_server_has_what_the_caller_has_left_less_the_margin(serve: Any, connect: Any, ask: Any) -> None:
    async with serve(seconds_left) as server, connect(server) as client:
        with deadline_scope(5):
            before = remaining()
            assert before is not None
            # gRPC rounds a deadline of seconds to hundredths.
            assert float(await ask(client, timeout=None)) <= before - MARGIN + 0.01


@pytest.mark.parametrize(("scope", "timeout"), [(60, 3600), (3600, 60)])
async def test_the_shorter_of_timeout_and_deadline_counts(
    serve: Any, connect: Any, ask: Any, scope: float, timeout: float
) -> None:
    async with serve(seconds_left) as server, connect(server) as client:
        with deadline_scope(scope):
            assert 0 < float(await ask(client, timeout=timeout)) <= 61


@pytest.mark.parametrize("left", [-1, 0, MARGIN])
async def test_with_too_little_left_nothing_is_asked(serve: Any, connect: Any, ask: Any, left: float) -> None:
    behaviour = Failing(Broken(), times=0)
    async with serve(behaviour) as server, connect(server) as client:
        with deadline_scope(left), pytest.raises(DeadlineTooShort):
            await ask(client, timeout=None)
    assert behaviour.tries == 0


async def test_a_call_that_takes_too_long_ends_at_its_deadline(serve: Any, connect: Any, ask: Any) -> None:
    begun = asyncio.Event()

    async def endless() -> None:
        begun.set()
        await asyncio.Event().wait()

    async with serve(endless) as server, connect(server) as client:
        # To connect takes time of the deadline, and a server refuses to begin what has next to none left.
        connecting = asyncio.create_task(ask(client))
        await begun.wait()
        connecting.cancel()
        with pytest.raises(RemoteError) as caught:
            await ask(client, timeout=0.5)
    assert (caught.value.kind, caught.value.reason) == (Kind.DEADLINE, "DEADLINE_EXCEEDED")


async def test_a_server_that_is_away_for_a_moment_is_asked_again(serve: Any, connect: Any, ask: Any) -> None:
    async with serve(Failing(Away(), times=2)) as server, connect(server) as client:
        assert await ask(client) == "3"


async def test_a_server_that_stays_away_is_asked_four_times(serve: Any, connect: Any, ask: Any) -> None:
    behaviour = Failing(Away(), times=100)
    async with serve(behaviour) as server, connect(server) as client:
        with pytest.raises(RemoteError) as caught:
            await ask(client)
    assert (caught.value.kind, caught.value.reason) == (Kind.UNAVAILABLE, "AWAY")
    assert behaviour.tries == 4


async def test_what_cannot_be_repeated_is_asked_once(serve: Any, connect: Any, create: Any) -> None:
    """The server may have died between its commit and its answer: a second try would make a second key."""
    behaviour = Failing(Away(), times=1)
    async with serve(behaviour) as server, connect(server) as client:
        with pytest.raises(RemoteError):
            await create(client)
    assert behaviour.tries == 1


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.UNAVAILABLE])
async def test_no_other_state_is_tried_again(serve: Any, connect: Any, ask: Any, kind: Kind) -> None:
    class State(DomainError, kind=kind, reason="STATE"):
        pass

    behaviour = Failing(State(), times=1)
    async with serve(behaviour) as server, connect(server) as client:
        with pytest.raises(RemoteError):
            await ask(client)
    assert behaviour.tries == 1


async def test_all_replicas_are_used(serve: Any, connect: Any, ask: Any) -> None:
    first, second = Failing(Broken(), times=0), Failing(Broken(), times=0)
    async with (
        serve(first) as one,
        serve(second) as two,
        connect(f"ipv4:127.0.0.1:{one.port},127.0.0.1:{two.port}") as client,
    ):
        async with asyncio.timeout(30):
            while not (first.tries and second.tries):  # the second connection may be a moment late
                await ask(client)
        before = (first.tries, second.tries)
        for _ in range(10):
            await ask(client)
    assert (first.tries - before[0], second.tries - before[1]) == (5, 5)


async def test_a_replica_that_is_gone_is_not_missed(serve: Any, connect: Any, ask: Any) -> None:
    async with (
        serve(nothing) as one,
        serve(nothing) as two,
        connect(f"ipv4:127.0.0.1:{one.port},127.0.0.1:{two.port}") as client,
    ):
        await ask(client)
        await one.stop(grace=0)
        for _ in range(10):
            await ask(client)


async def test_a_backend_that_comes_up_after_its_client_is_found_by_the_next_call(
    serve: Any, connect: Any, ask: Any, free_port: int
) -> None:
    async with connect(f"127.0.0.1:{free_port}") as client:
        assert not await client.is_connected()
        with pytest.raises(RemoteError) as away:
            await ask(client)
        assert away.value.kind is Kind.UNAVAILABLE
        async with serve(nothing, listen_addr=f"127.0.0.1:{free_port}"):
            await ask(client)
            assert await client.is_connected()
