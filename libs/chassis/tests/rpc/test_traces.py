"""One trace from the client to the server, with ids and without anything said."""

from typing import Any

import pytest

from chassis.errors import RemoteError
from chassis.tenant import establish, tenant_scope
from chassis.traces import trace_id, traced

TENANT = establish("11111111-2222-4333-8444-555555555555")


def of_kind(spans: Any, kind: str) -> Any:
    (span,) = (span for span in spans.get_finished_spans() if span.kind.name == kind)
    return span


async def test_the_server_goes_on_with_its_clients_trace(serve: Any, connect: Any, ask: Any, spans: Any) -> None:
    async def answer() -> str:
        return trace_id() or ""

    async with serve(answer) as server, connect(server) as client:
        with traced("a message"):
            ours = trace_id()
            assert await ask(client) == ours


async def test_a_servers_span_names_the_call_and_the_organization(
    serve: Any, connect: Any, ask: Any, spans: Any
) -> None:
    async with serve() as server, connect(server) as client:
        with tenant_scope(TENANT):
            await ask(client, call_id="call-1")
    served = of_kind(spans, "SERVER")
    assert dict(served.attributes) == {
        "switchboard.call_id": "call-1",
        "switchboard.organization_id": str(TENANT),
    }


async def test_an_error_is_named_by_its_type_alone(serve: Any, connect: Any, ask: Any, spans: Any) -> None:
    async def fail() -> str:
        raise ValueError("Jane Doe, 1 Main Street")

    async with serve(fail) as server, connect(server) as client:
        with pytest.raises(RemoteError):
            await ask(client)
    assert "Jane Doe" not in "".join(span.to_json() for span in spans.get_finished_spans())
    assert of_kind(spans, "CLIENT").status.description == "RemoteError"


async def test_without_a_provider_nothing_is_carried(serve: Any, connect: Any, ask: Any) -> None:
    async def answer() -> str:
        return trace_id() or "none"

    async with serve(answer) as server, connect(server) as client:
        assert await ask(client) == "none"
