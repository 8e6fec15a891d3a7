"""Publishing on a real database, to a simulated account."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from assistant_sync.domain.reconciling.budget import Budget
from assistant_sync.domain.tools.publish_tools import PublishTools
from assistant_sync.domain.tools.retire_tools import RetireTools
from assistant_sync.domain.tools.tool import Tool, ToolServer
from assistant_sync.store.published_tools import PublishedToolStore
from assistant_sync.store.vapi_accounts import VapiAccountStore
from assistant_sync.vapi.account import VapiAccount
from chassis.database.engine import Database
from chassis.testing.clock import StoppedClock


def _tool(name: str) -> Tool:
    date = {"type": "string", "description": "The day", "format": "date"}
    return Tool(name, f"Does {name}.", {"type": "object", "properties": {"date": date}, "required": ["date"]})


CATALOGUE = (_tool("book"), _tool("cancel"), _tool("list"))


class Network(httpx.AsyncBaseTransport):
    """The way to Vapi, on which some requests come to grief, and some lists leave things out."""

    def __init__(self, vapi: httpx.AsyncBaseTransport) -> None:
        self._vapi = vapi
        self._faults: dict[int, tuple[int, bool]] = {}
        self._count = 0
        self._creates = asyncio.Barrier(1)
        self.hides: Callable[[dict[str, Any]], bool] = lambda _: False

    def fail(self, first: int, status: int, *, times: int, committed: bool) -> None:
        """So many requests from the `first` on are answered with `status`; carried out all the same if `committed`."""
        self._faults |= dict.fromkeys(range(first, first + times), (status, committed))

    def hold_back_creates_until(self, parties: int) -> None:
        """A create goes on its way when so many are there to be sent."""
        self._creates = asyncio.Barrier(parties)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            await self._creates.wait()
        self._count += 1
        status, committed = self._faults.get(self._count, (0, True))
        answer = await self._vapi.handle_async_request(request) if committed else None
        if answer is None or status:
            return httpx.Response(status, json={"message": "so it is"})
        items = json.loads(await answer.aread())
        if isinstance(items, list):
            return httpx.Response(200, json=[item for item in items if not self.hides(item)])
        return httpx.Response(answer.status_code, json=items)


@dataclass
class Deployment:
    """Where this deployment is, and was."""

    url: str = "https://here.example"
    former: frozenset[str] = frozenset({"https://before.example"})

    def move(self, url: str) -> None:
        self.url, self.former = url, self.former | {self.url}

    async def of_tools(self) -> ToolServer:
        return ToolServer(self.url, self.former, "s3cret")


@dataclass
class Publisher:
    """One process that publishes; several share an account, and some a database."""

    publish: PublishTools
    tools: PublishedToolStore

    async def states(self) -> dict[str, Any]:
        return {tool.name: tool.pending for tool in await self.tools.all()}

    async def ids(self) -> set[str]:
        return {tool.vapi_id for tool in await self.tools.all() if tool.vapi_id}


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock(datetime(2027, 3, 1, 12, tzinfo=UTC))


@pytest.fixture
def deployment() -> Deployment:
    return Deployment()


@pytest.fixture
def catalogue() -> tuple[Tool, ...]:
    return CATALOGUE


@pytest.fixture
def network(vapi) -> Network:
    return Network(vapi)


@pytest.fixture
async def budget(database):
    engine = Database(database.app_url, pool_size=2)
    yield Budget(VapiAccountStore(engine, str(uuid4())), requests_per_second=10_000)
    await engine.close()


@pytest.fixture
async def account(network, budget):
    opened = VapiAccount("https://vapi.example", "a-private-key", budget, transport=network)
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
def other_database(provide_database):
    with provide_database("assistant_sync") as provided:
        yield provided


Publishing = Callable[..., Publisher]


@pytest.fixture
async def publishing(database, other_database, account, clock, deployment):
    """Makes publishers: processes on the one database or, `elsewhere`, on another."""
    for each in (database, other_database):
        connection = await asyncpg.connect(each.superuser_url)
        await connection.execute("TRUNCATE assistant_sync.published_tools, assistant_sync.former_tools")
        await connection.close()
    engines = []

    def make(catalogue=CATALOGUE, *, elsewhere: bool = False) -> Publisher:
        engines.append(Database((other_database if elsewhere else database).app_url, pool_size=2))
        tools = PublishedToolStore(engines[-1])
        retire = RetireTools(tools, account.tools, account.assistants, clock)
        return Publisher(PublishTools(catalogue, tools, account.tools, deployment, retire, clock), tools)

    yield make
    for engine in engines:
        await engine.close()


@pytest.fixture
def publisher(publishing) -> Publisher:
    return publishing()


@pytest.fixture
def there(vapi) -> Callable[[], list[dict[str, Any]]]:
    """The tools of the account, as Vapi has them."""
    return lambda: vapi.simulator.store.list("tool", lambda _: True, 1000)
