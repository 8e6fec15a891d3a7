"""What the gateway counts, for Prometheus. The ingress does not publish it."""

from starlette.requests import Request
from starlette.responses import Response

from gateway.http.operations import Content, Resource, Who, operation, resource
from gateway.metrics import CONTENT_TYPE, Metrics


class MetricsRoutes:
    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def resources(self) -> list[Resource]:
        shown = operation(
            self.show, "What is counted, for Prometheus", who=Who.ANYONE, answers={200: Content(CONTENT_TYPE)}
        )
        return [resource("/metrics", GET=shown)]

    async def show(self, _request: Request) -> Response:
        return Response(self._metrics.exposition(), headers={"content-type": CONTENT_TYPE})
