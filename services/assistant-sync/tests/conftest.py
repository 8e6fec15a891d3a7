import asyncio
import json
from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest
import stamina

from chassis.tenant import TenantId
from switchboard_cli.vapi_simulator.app import create_simulator
from switchboard_cli.vapi_simulator.faults import Fault
from switchboard_cli.vapi_simulator.validation import validate_request

VAPI_KEY = "a-private-key"


@pytest.fixture(scope="session")
def database(provide_database):
    with provide_database("assistant_sync") as provided:
        yield provided


@pytest.fixture
def tenant() -> TenantId:
    return TenantId(uuid4())


@pytest.fixture(autouse=True)
def _retry_at_once() -> Iterator[None]:
    """As many attempts as in production, without the waits between them."""
    with stamina.set_testing(testing=True, attempts=3, cap=True):
        yield


class SimulatedVapi(httpx.AsyncBaseTransport):
    """The simulator as a network, with everything that was sent through it."""

    def __init__(self) -> None:
        self.simulator = create_simulator(api_key=VAPI_KEY)
        self.sent: list[tuple[str, str, object]] = []
        self.queries: list[dict[str, str]] = []
        """For each page of calls that was asked for."""
        self.pages_left: int | None = None
        """How many pages are answered; None: all."""
        self.complaints: list[str] = []
        self._asgi = httpx.ASGITransport(self.simulator.app)
        self._hangs_after = -1
        self._hanging = asyncio.Event()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content) if request.content else None
        self.sent.append((request.method, request.url.path, body))
        self.complaints += validate_request(request.method, request.url.path, body)
        if request.url.path == "/call":
            if self.pages_left == 0:
                raise httpx.ConnectError("Vapi is away")
            self.pages_left = None if self.pages_left is None else self.pages_left - 1
            self.queries.append(dict(request.url.params))
        answer = await self._asgi.handle_async_request(request)
        self._hangs_after -= 1
        if self._hangs_after == 0:
            self._hanging.set()
            await asyncio.Event().wait()
        return answer

    def hang_after(self, requests: int) -> asyncio.Event:
        """The last of so many requests is carried out and never answered; set when it is there."""
        self._hangs_after, self._hanging = requests, asyncio.Event()
        return self._hanging

    def fail(self, method: str, route: str, status: int | None = None, *, times: int = 1, committed=False) -> None:
        """The next requests are answered with `status`; carried out all the same if `committed`."""
        self.simulator.journal.faults.append(Fault(method, route, times=times, status=status, committed=committed))

    def recover(self) -> None:
        self.simulator.journal.faults.clear()

    def assistants(self) -> list[dict]:
        return self.simulator.store.list("assistant", lambda _: True, 1000)

    def of(self, tenant: TenantId) -> list[dict]:
        return [a for a in self.assistants() if a.get("metadata", {}).get("org_id") == str(tenant)]

    def bodies(self, method: str) -> list[dict]:
        return [body for sent, _, body in self.sent if sent == method]

    def edit(self, assistant_id: str, **fields: object) -> None:
        """What somebody does in Vapi's dashboard."""
        self.simulator.store.patch("assistant", assistant_id, fields)


@pytest.fixture
def vapi() -> SimulatedVapi:
    return SimulatedVapi()
