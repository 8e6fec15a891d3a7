"""What the gateway counts, for Prometheus. The ingress does not publish it."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.metrics import CONTENT_TYPE, Metrics


class MetricsRoutes:
    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def routes(self) -> list[Route]:
        return [Route("/metrics", self.show, methods=["GET"])]

    async def show(self, _request: Request) -> Response:
        return Response(self._metrics.exposition(), headers={"content-type": CONTENT_TYPE})
