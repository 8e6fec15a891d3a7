"""The tools of the live call over gRPC: what they answer, what they want done, and that it is wanted once."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from google.protobuf.json_format import MessageToDict

from assistant_sync.app import DOMAIN, add_services
from assistant_sync.domain.live_call import answer_once
from chassis.errors import RemoteError
from chassis.rpc.client import RpcClient
from chassis.tenant import TenantId, tenant_scope
from chassis.testing.servers import served
from switchboard.assistants.v1.department_service_pb2 import (
    CreateDepartmentRequest,
    DeleteDepartmentRequest,
    Department,
)
from switchboard.assistants.v1.department_service_pb2_grpc import DepartmentServiceStub
from switchboard.assistants.v1.live_call_service_pb2 import EndCallRequest, TransferCallRequest
from switchboard.assistants.v1.live_call_service_pb2_grpc import LiveCallServiceStub
from switchboard.tools.v1.tools_pb2 import CallContext, ToolReply

CALL = "call-1"


class Assistant:
    """The tools, as one organization's assistant uses them through a gateway."""

    def __init__(self, client: RpcClient, tenant: TenantId) -> None:
        self._live_call = client.stub(LiveCallServiceStub)
        self._departments = client.stub(DepartmentServiceStub)
        self.tenant = tenant

    async def has(self, name: str, **fields: Any) -> Department:
        request = CreateDepartmentRequest(department={"name": name, "number": "+14155550101", **fields})
        with tenant_scope(self.tenant):
            return (await self._departments.CreateDepartment(request, timeout=10)).department

    async def loses(self, department: Department) -> None:
        with tenant_scope(self.tenant):
            await self._departments.DeleteDepartment(DeleteDepartmentRequest(id=department.id), timeout=10)

    async def transfer(self, department: str = "billing", **context: Any) -> ToolReply:
        request = TransferCallRequest(context=_context(context), department=department, summary="An invoice is wrong")
        with tenant_scope(self.tenant):
            return await self._live_call.TransferCall(request, timeout=10)

    async def end(self, reason: str = "nothing more", **context: Any) -> ToolReply:
        with tenant_scope(self.tenant):
            return await self._live_call.EndCall(EndCallRequest(context=_context(context), reason=reason), timeout=10)


def _context(told: dict[str, Any]) -> CallContext:
    return CallContext(**{"vapi_call_id": CALL, "tool_call_id": "tool-1", **told})


def data(reply: ToolReply) -> dict[str, Any]:
    return MessageToDict(reply.data)


@pytest.fixture
async def client(service) -> AsyncIterator[RpcClient]:
    async with served(partial(add_services, use_cases=service.use_cases), domain=DOMAIN, caller="gateway") as client:
        yield client


@pytest.fixture
def assistant(client: RpcClient, tenant: TenantId) -> Assistant:
    return Assistant(client, tenant)


@pytest.fixture
def others(client: RpcClient) -> Assistant:
    """Another organization's."""
    return Assistant(client, TenantId(uuid4()))


async def test_a_transfer_is_asked_for_with_all_that_it_takes(assistant):
    await assistant.has("Billing", announced=True)

    reply = await assistant.transfer("the billing department")

    [effect] = reply.effects
    assert MessageToDict(effect) == {
        "transfer": {
            "number": "+14155550101",
            "message": "I'm putting you through to Billing.",
            "summary": "An invoice is wrong",
            "otherwiseSay": "I'm sorry, the caller could not be put through to Billing. "
            "Say so, and offer that the clinic calls back.",
        }
    }
    assert not reply.replayed


async def test_a_department_with_a_sip_uri_is_transferred_to_there(assistant):
    await assistant.has("Lab", number="", sip_uri="sip:lab@voice.example.com")

    [effect] = (await assistant.transfer("lab")).effects

    assert (effect.transfer.number, effect.transfer.sip_uri) == ("", "sip:lab@voice.example.com")


async def test_whoever_picks_up_is_told_nothing_unless_the_department_wants_it(assistant):
    await assistant.has("Billing")

    [effect] = (await assistant.transfer()).effects

    assert effect.transfer.summary == ""


async def test_what_became_of_it_decides_what_is_said(assistant):
    await assistant.has("Billing")
    for tool_call in ("done", "failed"):
        await assistant.transfer(tool_call_id=tool_call)

    done = await assistant.transfer(tool_call_id="done", tried=CallContext.DONE)
    failed = await assistant.transfer(tool_call_id="failed", tried=CallContext.FAILED)

    assert done.say == "The caller is being put through to Billing. Say nothing more."
    assert data(done) == {"outcome": "put_through", "department": "Billing"}
    assert failed.say.startswith("I'm sorry, the caller could not be put through to Billing.")
    assert data(failed) == {"outcome": "not_put_through", "department": "Billing"}
    assert not [*done.effects, *failed.effects]


@pytest.mark.parametrize("tried", [CallContext.DONE, CallContext.FAILED])
async def test_asked_again_it_is_answered_the_same_and_wants_nothing_done(assistant, tried):
    billing = await assistant.has("Billing")
    await assistant.transfer()
    said = await assistant.transfer(tried=tried)
    await assistant.loses(billing)

    again = await assistant.transfer()

    assert (again.say, again.data, list(again.effects)) == (said.say, said.data, [])
    assert again.replayed


async def test_who_asks_again_meanwhile_waits_for_what_becomes_of_it(assistant, monkeypatch):
    monkeypatch.setattr(answer_once, "_TRYING", 3600)  # however long the others take
    await assistant.has("Billing")
    await assistant.transfer()

    again = asyncio.create_task(assistant.transfer())
    await asyncio.wait([again], timeout=0.2)
    assert not again.done()
    said = await assistant.transfer(tried=CallContext.DONE)

    assert ((await again).say, (await again).effects) == (said.say, [])


async def test_of_many_at_once_one_is_asked_to_put_through(assistant, monkeypatch):
    monkeypatch.setattr(answer_once, "_TRYING", 0.2)
    await assistant.has("Billing")

    replies = await asyncio.gather(*(assistant.transfer() for _ in range(12)))

    assert sum(len(reply.effects) for reply in replies) == 1
    assert sum(reply.replayed for reply in replies) == 11


async def test_where_nobody_tells_what_became_of_it_nothing_is_said_to_have_been_done(assistant, monkeypatch):
    monkeypatch.setattr(answer_once, "_TRYING", 0.1)
    await assistant.has("Billing")
    await assistant.transfer()

    again = await assistant.transfer()
    late = await assistant.transfer(tried=CallContext.DONE)

    assert data(again)["outcome"] == "not_put_through"
    assert late.say == again.say, "who tells it first is believed"


async def test_the_same_tool_call_with_other_arguments_is_refused(assistant):
    await assistant.has("Billing")
    await assistant.transfer()

    for ask in (assistant.transfer("front desk"), assistant.end()):
        with pytest.raises(RemoteError) as refused:
            await ask
        assert refused.value.reason == "TOOL_CALL_CONFLICT"


async def test_without_ids_it_is_done_each_time(assistant):
    await assistant.has("Billing")

    first = await assistant.transfer(tool_call_id="")
    again = await assistant.transfer(tool_call_id="")
    told = await assistant.transfer(tool_call_id="", tried=CallContext.FAILED)

    assert len(first.effects) == len(again.effects) == 1
    assert data(told)["outcome"] == "not_put_through"


async def test_a_chats_tool_call_is_recognised_too(assistant):
    await assistant.has("Billing")
    await assistant.transfer(vapi_call_id="", vapi_chat_id="chat-1")
    await assistant.transfer(vapi_call_id="", vapi_chat_id="chat-1", tried=CallContext.FAILED)

    assert (await assistant.transfer(vapi_call_id="", vapi_chat_id="chat-1")).replayed


async def test_somebody_unknown_is_answered_with_whom_there_is(assistant):
    for name in ("Front desk", "Billing"):
        await assistant.has(name)

    reply = await assistant.transfer("sales")

    assert reply.say == "There is nobody by that name. Ask which of these it shall be: Billing, Front desk."
    assert data(reply) == {"outcome": "no_department", "departments": ["Billing", "Front desk"]}
    assert not reply.effects


async def test_where_it_is_unclear_the_assistant_asks(assistant):
    for name in ("Front desk", "Billing"):
        await assistant.has(name)

    reply = await assistant.transfer("somebody")

    assert reply.say == "It is not clear whom the caller means. Ask which of these it shall be: Billing, Front desk."


async def test_where_nobody_is_set_up_it_is_said_so(assistant, others):
    await others.has("Billing")

    reply = await assistant.transfer()

    assert reply.say.startswith("This clinic has not said whom callers can be put through to.")
    assert not reply.effects


async def test_the_same_ids_of_another_organization_are_another_tool_call(assistant, others):
    for one in (assistant, others):
        await one.has("Billing")
    await assistant.transfer()

    reply = await others.transfer()

    assert len(reply.effects) == 1
    assert not reply.replayed


async def test_hanging_up_comes_with_a_goodbye(assistant):
    reply = await assistant.end()

    assert reply.say == "Thank you for calling. Goodbye."
    assert [effect.WhichOneof("effect") for effect in reply.effects] == ["end_call"]


async def test_hanging_up_is_a_part_of_the_answer_and_so_of_the_same_one_given_again(assistant):
    first = await assistant.end()

    again = await assistant.end()

    assert (again.say, again.data, again.effects) == (first.say, first.data, first.effects)
    assert again.replayed


async def test_nothing_of_what_a_caller_said_is_kept(assistant, database_as_superuser):
    await assistant.has("Billing", announced=True)
    await assistant.transfer()
    await assistant.end(reason="the caller has a toothache", tool_call_id="tool-2")

    kept = str(await database_as_superuser.fetch("SELECT * FROM assistant_sync.tool_calls"))

    assert "invoice" not in kept
    assert "toothache" not in kept


async def test_answers_are_forgotten_after_thirty_days(assistant, database_as_superuser):
    await assistant.has("Billing")
    await assistant.end()
    await assistant.end(tool_call_id="tool-2")
    await database_as_superuser.execute(
        "UPDATE assistant_sync.tool_calls SET created_at = created_at - interval '31 days'"
        " WHERE tool_call_id = 'tool-1' AND org_id = $1",
        assistant.tenant,
    )

    await assistant.end(tool_call_id="tool-3")

    left = await database_as_superuser.fetch(
        "SELECT tool_call_id FROM assistant_sync.tool_calls WHERE org_id = $1 ORDER BY 1", assistant.tenant
    )
    assert [row[0] for row in left] == ["tool-2", "tool-3"]


@pytest.mark.parametrize("field", ["vapi_call_id", "vapi_chat_id", "tool_call_id", "delivery_id"])
async def test_an_id_that_cannot_be_kept_is_refused(assistant, field):
    for told in ("a\0b", "a" * 201):
        with pytest.raises(RemoteError) as refused:
            await assistant.end(**{field: told})
        assert (refused.value.reason, refused.value.metadata["field"]) == ("MALFORMED_ID", field)
