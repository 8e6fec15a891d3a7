"""What a server counts of its RPCs, as Prometheus reads it."""

from typing import Any

import httpx
import pytest

from chassis.errors import DomainError, Kind, RemoteError

METHOD = "/switchboard.tenancy.v1.ApiKeyService/AuthenticateApiKey"


class Sad(DomainError, kind=Kind.CONFLICT, reason="SAD"):
    pass


def ended(server: Any, code: str, reason: str = "") -> float:
    labels = {"method": METHOD, "code": code, "reason": reason}
    return server.metrics.registry.get_sample_value("switchboard_rpc_ended_total", labels) or 0.0


async def test_an_rpc_is_counted_and_timed(serve: Any, connect: Any, ask: Any) -> None:
    async with serve() as server, connect(server) as client:
        await ask(client)
        assert ended(server, "OK") == 1
        assert server.metrics.registry.get_sample_value("switchboard_rpc_seconds_count", {"method": METHOD}) == 1


async def test_an_error_is_counted_by_its_reason(serve: Any, connect: Any, ask: Any) -> None:
    async def fail() -> str:
        raise Sad

    async with serve(fail) as server, connect(server) as client:
        with pytest.raises(RemoteError):
            await ask(client)
        assert ended(server, "ALREADY_EXISTS", "SAD") == 1


async def test_an_exception_is_counted_as_internal(serve: Any, connect: Any, ask: Any) -> None:
    async def fail() -> str:
        raise ValueError("Jane Doe")

    async with serve(fail) as server, connect(server) as client:
        with pytest.raises(RemoteError):
            await ask(client)
        assert ended(server, "INTERNAL") == 1


async def test_prometheus_is_answered_where_the_settings_say(
    serve: Any, connect: Any, ask: Any, free_port: int
) -> None:
    async with serve(metrics_listen_addr=f"127.0.0.1:{free_port}") as server, connect(server) as client:
        await ask(client)
        async with httpx.AsyncClient() as http:
            told = (await http.get(f"http://127.0.0.1:{free_port}/metrics")).text
    assert f'switchboard_rpc_ended_total{{code="OK",method="{METHOD}",reason=""}} 1.0' in told
