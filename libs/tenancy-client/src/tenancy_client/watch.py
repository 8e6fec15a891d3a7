"""Hearing from tenancy what changes, for as long as the process runs."""

import asyncio
import random
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from uuid import uuid4

from chassis.errors import DomainError
from chassis.logs import get_logger
from chassis.rpc.client import RpcClient
from switchboard.tenancy.v1.tenancy_service_pb2 import WatchRoutesRequest, WatchRoutesResponse
from switchboard.tenancy.v1.tenancy_service_pb2_grpc import TenancyServiceStub
from tenancy_client.changes import Changes
from tenancy_client.memory import GOOD_FOR

_SILENCE = GOOD_FOR
"""Seconds after which a stream that says nothing, not even that nothing happened, is given up."""

_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.1, 2.0
"""Seconds before the stream is asked for again: a random part of what doubles with each failure."""

_Watch = Callable[[WatchRoutesRequest], AsyncGenerator[WatchRoutesResponse, None]]

_log = get_logger()


class RouteWatch:
    """Follows WatchRoutes and tells `changes`. Where it is lost, memories die by themselves, within seconds."""

    def __init__(self, tenancy: RpcClient, changes: Changes) -> None:
        self._watch: _Watch = tenancy.stub(TenancyServiceStub).WatchRoutes  # type: ignore[assignment]  # RpcClient's
        self._changes = changes
        self._listeners: list[Callable[[], None]] = []
        self._id = str(uuid4())
        self._gateways = 1

    @property
    def is_watching(self) -> bool:
        """Whether a change would be heard of now."""
        return self._changes.seconds_untold() < GOOD_FOR

    @property
    def gateways(self) -> int:
        """How many gateways there are, as far as was told; 1 until then."""
        return self._gateways

    def when_changed(self, listener: Callable[[], None]) -> None:
        """Call `listener`, which must not take long, after each change and each time all was forgotten."""
        self._listeners.append(listener)

    async def run(self) -> None:
        """Until it is cancelled."""
        failures = 0
        while True:
            told_before = self._changes.seconds_untold()
            try:
                await self._follow()
            except (DomainError, TimeoutError) as error:
                if failures == 0:
                    _log.warning("routes are not watched", reason=getattr(error, "reason", "SILENCE"))
            except Exception:  # noqa: BLE001  # without this task every message asks tenancy again
                _log.exception("watching routes failed unexpectedly")
            failures = 0 if self._changes.seconds_untold() < told_before else failures + 1
            await asyncio.sleep(_pause(failures))

    async def _follow(self) -> None:
        """Raises RemoteError, TimeoutError; returns when tenancy ends the stream."""
        request = WatchRoutesRequest(after_version=self._changes.version, watcher_id=self._id)
        async with aclosing(self._watch(request)) as stream:
            while (message := await asyncio.wait_for(anext(stream, None), _SILENCE)) is not None:
                self._hear(message)

    def _hear(self, message: WatchRoutesResponse) -> None:
        told = (self._changes.version, self._changes.era)
        match message.WhichOneof("event"):
            case "opened":
                if message.opened.forget or self._changes.version is None:
                    self._changes.forget(message.version)
            case "changed":
                self._changes.note(message.version, message.changed.evidence)
            case "heartbeat":
                self._changes.nothing_else(message.version)
                self._gateways = message.heartbeat.gateways or self._gateways
        if told != (self._changes.version, self._changes.era):
            for listener in self._listeners:
                listener()


def _pause(failures: int) -> float:
    longest = min(_LONGEST_PAUSE, _SHORTEST_PAUSE * 2.0**failures)
    return random.uniform(0, longest)  # noqa: S311  # spreads those who come back, guards nothing
