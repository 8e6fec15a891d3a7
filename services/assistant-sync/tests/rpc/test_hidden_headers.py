"""A Vapi that takes headers, sends them, and does not show what they are."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from switchboard.assistants.v1 import agent_service_pb2 as pb

OURS = {"X-Vapi-Secret": "the-webhook-secret"}


def _masked(server: dict[str, Any]) -> dict[str, Any]:
    return {**server, "headers": dict.fromkeys(server.get("headers") or {}, "********")}


def _absent(server: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in server.items() if name != "headers"}


def _null(server: dict[str, Any]) -> dict[str, Any]:
    return {**server, "headers": None}


@pytest.fixture(params=[_masked, _absent, _null])
def _hides(request: pytest.FixtureRequest, vapi, monkeypatch) -> None:
    answer, hide = vapi.handle_async_request, request.param

    async def answer_hiding(asked: httpx.Request) -> httpx.Response:
        told = await answer(asked)
        return httpx.Response(told.status_code, json=_hidden(json.loads(await told.aread()), hide))

    monkeypatch.setattr(vapi, "handle_async_request", answer_hiding)


def _hidden(told: Any, hide: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    if isinstance(told, list):
        return [_hidden(one, hide) for one in told]
    return {**told, "server": hide(told["server"])} if "server" in told else told


def _written(vapi) -> list[tuple[str, str]]:
    return [(method, path) for method, path, _ in vapi.sent if method != "GET"]


@pytest.mark.usefixtures("_hides")
async def test_headers_that_vapi_hides_leave_nothing_pending_and_are_not_sent_at_each_look(service, vapi, tenant):
    await service.catch_up()
    await service.save(name="Reception")
    assert (await service.save(name="Front desk")).sync_state == pb.Agent.SYNCED
    await service.catch_up()
    vapi.sent.clear()
    await service.catch_up()
    assert _written(vapi) == []
    assert vapi.of(tenant)[0]["server"]["headers"] == OURS


@pytest.mark.usefixtures("_hides")
async def test_another_process_knows_what_vapi_hides(instance, vapi):
    async with instance() as one:
        await one.save(name="Reception")
        await one.catch_up()
        await one.catch_up()
    vapi.sent.clear()
    async with instance() as other:
        await other.catch_up()
    assert _written(vapi) == []


@pytest.mark.usefixtures("_hides")
async def test_an_assistant_that_is_pointed_elsewhere_keeps_the_header_that_vapi_hides(service, vapi, tenant):
    agent = await service.save(name="Reception")
    await service.point(agent.vapi_assistant_id, "https://elsewhere.example/hook")
    (assistant,) = vapi.of(tenant)
    assert (assistant["server"]["url"], assistant["server"]["headers"]) == ("https://elsewhere.example/hook", OURS)
