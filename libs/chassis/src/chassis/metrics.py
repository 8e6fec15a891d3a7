"""What a service counts, for Prometheus: each RPC by how it ended, and how long it took.

Labels come from the protos alone: methods, status codes, reasons. Nothing of a tenant is in them.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Histogram, start_http_server

SECONDS = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Bounds of the histograms' buckets; a caller is answered within 2.5."""


class RpcMetrics:
    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._ended = Counter(
            "switchboard_rpc_ended",
            "RPCs that were answered, by status code and, where it is an error of ours, its reason.",
            ("method", "code", "reason"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "switchboard_rpc_seconds",
            "How long RPCs took that answer at once.",
            ("method",),
            buckets=SECONDS,
            registry=self.registry,
        )

    def count(self, method: str, code: str, reason: str = "") -> None:
        self._ended.labels(method, code, reason).inc()

    def time(self, method: str, seconds: float) -> None:
        self._seconds.labels(method).observe(seconds)

    @contextmanager
    def exposed(self, address: str | None) -> Iterator[None]:
        """Answer Prometheus over HTTP on host:port, in a thread of its own. Raises OSError if the port is taken."""
        if address is None:
            yield
            return
        host, _, port = address.rpartition(":")
        server, thread = start_http_server(int(port), host.strip("[]"), self.registry)
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
