"""Alive, and able to answer callers."""

from typing import Literal

from msgspec import Struct

from gateway.backends import Backends
from gateway.http.answers import Rfc3339, Unavailable
from gateway.http.operations import Resource, Who, operation, resource
from gateway.lifecycle import LastEvent, Lifecycle, Phase
from tenancy_client import RouteWatch


class Alive(Struct):
    status: Literal["alive"] = "alive"


class BackendItem(Struct):
    connected: bool


class EventItem(Struct):
    """The last message that was taken."""

    type: str
    at: Rfc3339


class Readiness(Struct):
    status: Phase
    backends: dict[str, BackendItem]
    routes_watched: bool
    last_event: EventItem | None


class HealthRoutes:
    def __init__(self, lifecycle: Lifecycle, backends: Backends, watch: RouteWatch) -> None:
        self._lifecycle = lifecycle
        self._backends = backends
        self._watch = watch

    def resources(self) -> list[Resource]:
        return [
            resource("/health", GET=operation(self.health, "Alive", who=Who.ANYONE)),
            resource("/ready", GET=operation(self.ready, "Able to answer callers", who=Who.ANYONE)),
        ]

    async def health(self) -> Alive:
        return Alive()

    async def ready(self) -> Readiness | Unavailable[Readiness]:
        """Ready even where a service is away: callers then get an apology, which only a gateway can give them.

        A 503 only while the gateway starts or stops.
        """
        phase = self._lifecycle.phase
        connected = await self._backends.connected()
        told = Readiness(
            status=phase,
            backends={name: BackendItem(connected=is_connected) for name, is_connected in connected.items()},
            routes_watched=self._watch.is_watching,
            last_event=_event(self._lifecycle.last_event),
        )
        return told if phase is Phase.READY else Unavailable(told)


def _event(event: LastEvent | None) -> EventItem | None:
    if event is None:
        return None
    return EventItem(event.type, event.at.isoformat().replace("+00:00", "Z"))
