"""What tools want done to the live call is done: once, for whoever may, and told as it was."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from chassis.errors import Kind, RemoteError
from gateway.outside import live_calls
from switchboard.tools.v1.tools_pb2 import CallContext, Effect, ToolReply

CLINIC = "6b1d4c1e-3a5f-4d0e-9c55-0f7a8e2b9d31"
LINE, SUSPENDED_LINE, UNKNOWN_LINE = "+12065550142", "+12065550144", "+12065550199"
TRANSFER = {"department": "billing", "summary": "An invoice is wrong"}
OTHERWISE = "I'm sorry, the caller could not be put through to Billing."


@dataclass
class Control:
    """Vapi's control of live calls, on this machine."""

    port: int = 0
    commands: list[tuple[str, Any]] = field(default_factory=list)
    status: str = "200 OK"
    open: asyncio.Event = field(default_factory=asyncio.Event)
    """Cleared, it keeps whoever posts waiting."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/call-1/control"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = int(head.lower().partition("content-length: ")[2].partition("\r\n")[0])
        self.commands.append((head.split(" ")[1], json.loads(await reader.readexactly(length))))
        await self.open.wait()
        writer.write(f"HTTP/1.1 {self.status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()


@pytest.fixture(scope="module")
async def control() -> AsyncIterator[Control]:
    there = Control()
    server = await asyncio.start_server(there.serve, "127.0.0.1", 0)
    there.port = server.sockets[0].getsockname()[1]
    async with server:
        yield there


@pytest.fixture
def gateway(room, control):
    """It may post to the control, and is in front of an assistant-sync that has callers put through to Billing."""
    control.commands.clear()
    control.status = "200 OK"
    control.open.set()
    room.assistant_sync.answers["TransferCall"] = transferred
    return room


def transferred(request: Any) -> ToolReply:
    """As assistant-sync answers: what to try, then what is said of it."""
    match request.context.tried:
        case CallContext.DONE:
            return _reply("The caller is being put through to Billing.", "put_through")
        case CallContext.FAILED:
            return _reply(OTHERWISE, "not_put_through")
    reply = _reply("The caller is being put through to Billing.", "put_through")
    reply.effects.append(Effect(transfer=billing()))
    return reply


def billing(**other: str) -> Effect.Transfer:
    known = {"number": "+14155550101", "message": "I'm putting you through to Billing.", "otherwise_say": OTHERWISE}
    return Effect.Transfer(**{**known, **other})


def _reply(say: str, outcome: str) -> ToolReply:
    reply = ToolReply(say=say)
    reply.data.update({"outcome": outcome})
    return reply


def message(*calls: dict[str, Any], url: str | None, line: str = LINE, **more: Any) -> dict[str, Any]:
    call = {"id": "call-1", "monitor": {"listenUrl": "wss://x", "controlUrl": url}}
    return {
        "message": {
            "type": "tool-calls",
            "toolCallList": list(calls),
            "call": call,
            "phoneNumber": {"number": line},
            **more,
        }
    }


def use(name: str = "transferCall", arguments: Any = TRANSFER, call_id: str = "call_1") -> dict[str, Any]:
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


def tried(room) -> list[int]:
    return [request.context.tried for _, request in room.assistant_sync.heard]


async def test_a_caller_is_put_through_and_then_it_is_said(gateway, control):
    [result] = await gateway.results(message(use(), url=control.url))

    assert control.commands == [
        (
            "/call-1/control",
            {
                "type": "transfer",
                "destination": {"type": "number", "number": "+14155550101"},
                "content": "I'm putting you through to Billing.",
            },
        )
    ]
    assert result == {
        "toolCallId": "call_1",
        "name": "transferCall",
        "result": "The caller is being put through to Billing.",
        "metadata": {"outcome": "put_through"},
    }


async def test_the_tool_is_told_that_it_was_done_with_all_else_as_it_was(gateway, control):
    await gateway.post(message(use(), url=control.url))

    (first_tenant, first), (second_tenant, second) = gateway.assistant_sync.heard
    assert first_tenant == second_tenant == CLINIC
    assert (first.context.tried, second.context.tried) == (CallContext.TRIED_UNSPECIFIED, CallContext.DONE)
    second.context.ClearField("tried")
    assert first == second


@pytest.mark.parametrize(
    ("transfer", "destination"),
    [
        (billing(number="", sip_uri="sip:b@voice.example"), {"type": "sip", "sipUri": "sip:b@voice.example"}),
        (
            billing(summary="An invoice is wrong"),
            {
                "type": "number",
                "number": "+14155550101",
                "transferPlan": {"mode": "warm-transfer-say-message", "message": "An invoice is wrong"},
            },
        ),
    ],
)
async def test_a_destination_is_written_in_vapis_words(gateway, control, transfer, destination):
    gateway.assistant_sync.answers["TransferCall"] = ToolReply(say="So it is.", effects=[Effect(transfer=transfer)])

    await gateway.post(message(use(), url=control.url))

    [(_, command)] = control.commands
    assert command["destination"] == destination


@pytest.mark.parametrize("status", ["302 Found", "404 Not Found", "500 Internal Server Error"])
async def test_what_the_live_call_does_not_take_is_said_not_to_have_been_done(gateway, control, status):
    control.status = status

    [result] = await gateway.results(message(use(), url=control.url))

    assert (result["result"], result["metadata"]) == (OTHERWISE, {"outcome": "not_put_through"})
    assert tried(gateway)[1:] == [CallContext.FAILED]


@pytest.mark.parametrize(
    "url",
    [None, "", 7, {"url": "x"}, "https://evil.example/control", "http://127.0.0.1:1/control", "http://[::1]/control"],
)
async def test_without_a_url_of_vapis_nobody_is_asked_and_it_is_said_so(gateway, control, url):
    [result] = await gateway.results(message(use(), url=url))

    assert result["result"] == OTHERWISE
    assert control.commands == []


async def test_a_chat_has_no_live_call(gateway, control):
    body = message(use(), url=None, call=None, chat={"id": "chat-1"})

    [result] = await gateway.results(body)

    assert result["result"] == OTHERWISE


async def test_a_slow_live_call_is_not_waited_for(gateway, control, monkeypatch):
    monkeypatch.setattr(live_calls, "MOST_SECONDS", 0.2)
    control.open.clear()

    [result] = await gateway.results(message(use(), url=control.url))

    assert result["result"] == OTHERWISE
    assert tried(gateway)[1:] == [CallContext.FAILED]


async def test_what_was_done_is_not_done_again(gateway, control):
    replayed = transferred(type("Asked", (), {"context": CallContext()}))
    replayed.replayed = True
    gateway.assistant_sync.answers["TransferCall"] = replayed

    [result] = await gateway.results(message(use(), url=control.url))

    assert result["result"] == "The caller is being put through to Billing."
    assert control.commands == []
    assert tried(gateway) == [CallContext.TRIED_UNSPECIFIED]


async def test_where_the_tool_cannot_be_told_what_is_said_is_what_was_so(gateway, control):
    def only_once(request: Any) -> ToolReply:
        if request.context.tried:
            raise RemoteError(Kind.UNAVAILABLE, "DATABASE_UNAVAILABLE")
        return transferred(request)

    gateway.assistant_sync.answers["TransferCall"] = only_once

    [done] = await gateway.results(message(use(), url=control.url))
    control.status = "404 Not Found"
    [failed] = await gateway.results(message(use(call_id="call_2"), url=control.url))

    assert done["result"] == "The caller is being put through to Billing."
    assert failed["result"] == OTHERWISE


@pytest.mark.parametrize("line", [UNKNOWN_LINE, SUSPENDED_LINE])
async def test_for_nobody_nothing_is_done(gateway, control, line):
    [result] = await gateway.results(message(use(), url=control.url, line=line))

    assert "error" in result
    assert control.commands == []


async def test_for_whoever_is_not_verified_nothing_is_done(gateway, control):
    response = await gateway.post(message(use(), url=control.url), x_vapi_secret="not the secret")

    assert response.status_code == 401
    assert control.commands == []


async def test_a_function_call_puts_through_as_well(gateway, control):
    body = message(url=control.url, type="function-call", functionCall={"name": "transferCall", "parameters": TRANSFER})

    response = await gateway.post(body)

    assert response.json() == {"result": "The caller is being put through to Billing."}
    assert len(control.commands) == 1


async def test_hanging_up_is_said_in_the_answer_in_vapis_words(gateway, control):
    gateway.assistant_sync.answers["EndCall"] = ToolReply(
        say="Thank you for calling. Goodbye.", effects=[Effect(end_call=Effect.EndCall())]
    )

    [result] = await gateway.results(message(use("endCall", {"reason": "done"}), url=control.url))

    assert result == {
        "toolCallId": "call_1",
        "name": "endCall",
        "result": "Thank you for calling. Goodbye.",
        "message": {
            "type": "request-complete",
            "content": "Thank you for calling. Goodbye.",
            "endCallAfterSpokenEnabled": True,
        },
    }
    assert control.commands == []


async def test_a_goodbye_that_is_given_again_is_the_same_bytes(gateway, control):
    reply = ToolReply(say="Goodbye.", effects=[Effect(end_call=Effect.EndCall())])
    gateway.assistant_sync.answers["EndCall"] = reply
    body = message(use("endCall", {"reason": "done"}), url=control.url)
    first = await gateway.post(body)
    reply.replayed = True

    assert (await gateway.post(body)).content == first.content


async def test_what_is_to_come_of_one_call_keeps_no_other_waiting(gateway, control, monkeypatch):
    monkeypatch.setattr(live_calls, "MOST_SECONDS", 0.2)
    control.open.clear()
    gateway.booking.behaviour = _free

    results = await gateway.results(
        message(use(), use("checkAvailability", {"date": "2027-03-09"}, "2"), url=control.url)
    )

    assert [one["result"] for one in results] == [OTHERWISE, "Free."]


async def _free(_request: Any) -> ToolReply:
    return ToolReply(say="Free.")


async def test_how_many_callers_were_put_through_is_counted(another_gateway, gateway, control):
    async with another_gateway() as own:
        own.assistant_sync.answers["TransferCall"] = transferred
        await own.post(message(use(), url=control.url))
        await own.post(message(use(call_id="call_2"), url=None))

        figures = (await own.http.get("/metrics")).text

    for done in ("yes", "no"):
        assert f'switchboard_gateway_transfers_total{{done="{done}"}} 1.0' in figures
