"""Alive, and able to answer callers."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.backends import Backends
from gateway.lifecycle import LastEvent, Lifecycle, Phase
from tenancy_client import RouteWatch


class HealthRoutes:
    def __init__(self, lifecycle: Lifecycle, backends: Backends, watch: RouteWatch) -> None:
        self._lifecycle = lifecycle
        self._backends = backends
        self._watch = watch

    def routes(self) -> list[Route]:
        return [Route("/health", self.health, methods=["GET"]), Route("/ready", self.ready, methods=["GET"])]

    async def health(self, _request: Request) -> Response:
        return JSONResponse({"status": "alive"})

    async def ready(self, _request: Request) -> Response:
        """Ready even where a service is away: callers then get an apology, which only a gateway can give them."""
        phase = self._lifecycle.phase
        connected = await self._backends.connected()
        return JSONResponse(
            {
                "status": phase,
                "backends": {name: {"connected": is_connected} for name, is_connected in connected.items()},
                "routes_watched": self._watch.is_watching,
                "last_event": _event(self._lifecycle.last_event),
            },
            status_code=200 if phase is Phase.READY else 503,
        )


def _event(event: LastEvent | None) -> dict[str, str] | None:
    if event is None:
        return None
    return {"type": event.type, "at": event.at.isoformat().replace("+00:00", "Z")}
