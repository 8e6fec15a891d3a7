"""Who may call what, as the protos say, and who has it done."""

from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

import grpc
import pytest

from chassis.actor import Actor, actor_in_scope, actor_scope, current_actor
from chassis.errors import Kind, RemoteError
from chassis.protos import services
from chassis.rpc.callers import CALLERS, OPERATOR, named_callers
from chassis.rpc.client import RpcClient
from chassis.rpc.server import RpcServer
from chassis.testing.servers import ClientOf, TestServerSettings, served, served_to_callers
from switchboard.tenancy.v1.webhook_credential_service_pb2 import (
    DESCRIPTOR,
    GetWebhookVerifiersRequest,
    GetWebhookVerifiersResponse,
    ListWebhookCredentialsRequest,
    ListWebhookCredentialsResponse,
)
from switchboard.tenancy.v1.webhook_credential_service_pb2_grpc import (
    WebhookCredentialServiceServicer,
    WebhookCredentialServiceStub,
    add_WebhookCredentialServiceServicer_to_server,
)

NOT_ALLOWED = (Kind.FORBIDDEN, "CALLER_NOT_ALLOWED")
RawChannel = Callable[[RpcServer], grpc.aio.Channel]


class Credentials(WebhookCredentialServiceServicer):
    """One method for the gateway alone, one for the operator too; both note who has it done."""

    def __init__(self) -> None:
        self.actors: list[Actor] = []

    async def GetWebhookVerifiers(  # noqa: N802  # gRPC's name
        self, request: GetWebhookVerifiersRequest, context: Any
    ) -> GetWebhookVerifiersResponse:
        self.actors.append(current_actor())
        return GetWebhookVerifiersResponse()

    async def ListWebhookCredentials(  # noqa: N802  # gRPC's name
        self, request: ListWebhookCredentialsRequest, context: Any
    ) -> ListWebhookCredentialsResponse:
        self.actors.append(current_actor())
        return ListWebhookCredentialsResponse()


def add_credentials(server: RpcServer, servicer: Credentials) -> None:
    full_name = DESCRIPTOR.services_by_name["WebhookCredentialService"].full_name
    server.add(full_name, servicer, add_WebhookCredentialServiceServicer_to_server)


@pytest.fixture
def servicer() -> Credentials:
    return Credentials()


@pytest.fixture
async def client_of(servicer: Credentials) -> AsyncIterator[ClientOf]:
    async with served_to_callers(partial(add_credentials, servicer=servicer), domain="test") as client_of:
        yield client_of


@pytest.fixture
async def nobody(servicer: Credentials) -> AsyncIterator[RpcClient]:
    """A client on loopback, where nobody has to prove who they are."""
    async with served(partial(add_credentials, servicer=servicer), domain="test") as client:
        yield client


async def verifiers(client: RpcClient) -> None:
    method: Any = client.stub(WebhookCredentialServiceStub).GetWebhookVerifiers
    await method(GetWebhookVerifiersRequest(), timeout=5)


async def credentials(client: RpcClient) -> None:
    method: Any = client.stub(WebhookCredentialServiceStub).ListWebhookCredentials
    await method(ListWebhookCredentialsRequest(), timeout=5)


async def refusal(client: RpcClient) -> tuple[Kind, str]:
    with pytest.raises(RemoteError) as caught:
        await verifiers(client)
    return caught.value.kind, caught.value.reason


@pytest.mark.parametrize("caller", sorted(set(CALLERS) - {"gateway"}))
async def test_whom_an_rpc_does_not_name_is_refused(client_of: ClientOf, servicer: Credentials, caller: str) -> None:
    assert await refusal(client_of(caller)) == NOT_ALLOWED
    assert servicer.actors == []


async def test_whom_an_rpc_names_is_answered(client_of: ClientOf) -> None:
    await verifiers(client_of("gateway"))


async def test_without_credentials_only_what_the_operator_may_call_is_answered(nobody: RpcClient) -> None:
    await credentials(nobody)
    assert await refusal(nobody) == NOT_ALLOWED


async def test_a_test_can_be_a_caller(servicer: Credentials) -> None:
    async with served(partial(add_credentials, servicer=servicer), domain="test", caller="gateway") as gateway:
        await verifiers(gateway)


def test_every_caller_that_a_proto_names_exists() -> None:
    """A misspelt caller would shut the right one out."""
    named = {method.full_name: named_callers(method) for service in services() for method in service.methods}

    assert {rpc: strangers for rpc, callers in named.items() if (strangers := callers - set(CALLERS))} == {}
    assert any(named.values())


async def test_the_actor_is_the_caller_who_says_of_nobody_else(client_of: ClientOf, servicer: Credentials) -> None:
    await credentials(client_of(OPERATOR))
    assert servicer.actors == [Actor(name=OPERATOR, caller=OPERATOR)]


async def test_the_actor_in_scope_travels_with_the_call(client_of: ClientOf, servicer: Credentials) -> None:
    with actor_scope(Actor(name="administrator", caller="whoever")):
        await credentials(client_of("gateway"))
    assert servicer.actors == [Actor(name="administrator", caller="gateway")]


async def test_without_credentials_the_caller_of_an_actor_is_unproven(nobody: RpcClient, servicer: Credentials) -> None:
    await credentials(nobody)
    with actor_scope(Actor(name="administrator", caller="gateway")):
        await credentials(nobody)
    assert servicer.actors == [
        Actor(name="unproven", caller="unproven"),
        Actor(name="administrator", caller="unproven"),
    ]


@pytest.mark.parametrize("name", ["Zoë", "a\nb", "x" * 129, ""])
async def test_an_actor_that_metadata_cannot_carry_is_not_sent(
    nobody: RpcClient, servicer: Credentials, name: str
) -> None:
    with actor_scope(Actor(name=name, caller="gateway")):
        await credentials(nobody)
    assert servicer.actors == [Actor(name="unproven", caller="unproven")]


async def test_an_actor_whose_name_is_too_long_is_not_taken(servicer: Credentials, raw_channel: RawChannel) -> None:
    server = RpcServer(TestServerSettings(), domain="test")
    add_credentials(server, servicer)
    await server.start()
    try:
        stub = WebhookCredentialServiceStub(raw_channel(server))
        metadata = (("x-switchboard-actor", "x" * 129),)
        await stub.ListWebhookCredentials(ListWebhookCredentialsRequest(), timeout=5, metadata=metadata)
    finally:
        await server.stop(grace=0)
    assert servicer.actors == [Actor(name="unproven", caller="unproven")]


def test_an_actors_scope_ends_with_its_block() -> None:
    outer, inner = Actor(name="administrator", caller="gateway"), Actor(name="api-key:1", caller="gateway")
    with actor_scope(outer):
        with pytest.raises(RuntimeError), actor_scope(inner):
            raise RuntimeError
        assert actor_in_scope() == outer
    assert actor_in_scope() is None


async def test_an_rpcs_actor_is_not_left_behind(client_of: ClientOf, servicer: Credentials) -> None:
    gateway = client_of("gateway")
    with actor_scope(Actor(name="administrator", caller="gateway")):
        await verifiers(gateway)
    await verifiers(gateway)
    assert [actor.name for actor in servicer.actors] == ["administrator", "gateway"]
