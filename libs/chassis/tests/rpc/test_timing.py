"""How long a service took, told with its answer."""

import asyncio
from typing import Any

import pytest

from chassis.errors import DomainError, Kind, RemoteError
from chassis.rpc.timing import ServerTiming, timing_in
from chassis.spending import spend_on_database
from switchboard.tenancy.v1.api_key_service_pb2 import AuthenticateApiKeyRequest
from switchboard.tenancy.v1.api_key_service_pb2_grpc import ApiKeyServiceStub


async def ask(client: Any) -> Any:
    return await client.stub(ApiKeyServiceStub).AuthenticateApiKey.timed(AuthenticateApiKeyRequest(), timeout=5)


async def test_an_answer_tells_how_long_it_took_and_what_of_it_the_database(serve: Any, connect: Any) -> None:
    async def work() -> str:
        spend_on_database(0.25)
        await asyncio.to_thread(spend_on_database, 0.5)
        return "done"

    async with serve(work) as server, connect(server) as client:
        answer, timing = await ask(client)
    assert answer.organization_id == "done"
    assert timing.total > 0
    assert timing.database == 750


async def test_what_one_call_waits_for_is_not_told_of_another(serve: Any, connect: Any) -> None:
    async def work() -> str:
        spend_on_database(0.25)
        return ""

    async with serve(work) as server, connect(server) as client:
        told = await asyncio.gather(*(ask(client) for _ in range(8)))
    assert {timing.database for _, timing in told} == {250}


async def test_a_failure_is_the_same_state_with_and_without_its_time(serve: Any, connect: Any) -> None:
    class Sad(DomainError, kind=Kind.CONFLICT, reason="SAD"):
        pass

    async def fail() -> str:
        raise Sad

    async with serve(fail) as server, connect(server) as client:
        with pytest.raises(RemoteError, match="SAD"):
            await ask(client)


@pytest.mark.parametrize("told", ["", "total;dur=1", "total;dur=x, db;dur=1.000", "total;dur=-1.000, db;dur=1.000"])
def test_what_is_told_otherwise_is_not_read(told: str) -> None:
    assert timing_in([("server-timing", told)]) is None


def test_what_is_told_is_read_as_it_was_meant() -> None:
    timing = ServerTiming(12.5, 3.25)
    assert timing_in([("server-timing", str(timing))]) == timing
