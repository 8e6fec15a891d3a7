"""Who is let in, what a call carries, and how a server starts and stops."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import grpc
import pytest
import structlog
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from chassis.errors import Kind, RemoteError
from chassis.rpc.credentials import token_digest
from chassis.rpc.server import RpcServer
from chassis.settings import SettingsIncomplete
from chassis.tenant import TenantId, current_tenant, tenant_in_scope, tenant_scope
from chassis.testing.servers import TestServerSettings
from switchboard.tenancy.v1.api_key_service_pb2 import CreateApiKeyRequest
from switchboard.tenancy.v1.api_key_service_pb2_grpc import ApiKeyServiceStub

RawChannel = Callable[[RpcServer], grpc.aio.Channel]


async def nothing() -> None:
    pass


async def caller() -> str:
    return str(structlog.contextvars.get_contextvars().get("caller"))


def replace(path: Path, text: str) -> None:
    """As an operator or a kubelet does: the new file takes the old one's place."""
    new = path.with_suffix(".new")
    new.write_text(text)
    new.rename(path)


@pytest.fixture
def credentials(tmp_path: Path) -> Path:
    path = tmp_path / "credentials"
    path.write_text(f"# who may call\ngateway {token_digest('one')}  # since spring\n")
    return path


@pytest.fixture
def token(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text("one\n")
    return path


async def refusal(ask: Any, client: Any) -> tuple[Kind, str]:
    with pytest.raises(RemoteError) as caught:
        await ask(client)
    return caught.value.kind, caught.value.reason


async def test_who_proves_nothing_is_refused(
    serve: Any, connect: Any, ask: Any, credentials: Path, token: Path
) -> None:
    token.write_text("another\n")
    async with (
        serve(nothing, service_credentials_file=str(credentials)) as server,
        connect(server) as nobody,
        connect(server, token_file=str(token)) as stranger,
    ):
        assert await refusal(ask, nobody) == (Kind.UNAUTHENTICATED, "UNAUTHENTICATED")
        assert await refusal(ask, stranger) == (Kind.UNAUTHENTICATED, "UNAUTHENTICATED")


async def test_credentials_are_asked_for_even_where_a_server_might_do_without(
    serve: Any, connect: Any, ask: Any, credentials: Path
) -> None:
    options = {"service_credentials_file": str(credentials), "allow_unauthenticated_grpc": True}
    async with serve(nothing, **options) as server, connect(server) as nobody:
        assert (await refusal(ask, nobody))[0] is Kind.UNAUTHENTICATED


async def test_the_right_token_names_its_caller(
    serve: Any, connect: Any, ask: Any, credentials: Path, token: Path
) -> None:
    async with (
        serve(caller, service_credentials_file=str(credentials)) as server,
        connect(server, token_file=str(token)) as client,
    ):
        assert await ask(client) == "gateway"


async def test_a_token_is_rotated_without_a_restart(
    serve: Any, connect: Any, ask: Any, credentials: Path, token: Path
) -> None:
    async with (
        serve(caller, service_credentials_file=str(credentials)) as server,
        connect(server, token_file=str(token)) as client,
    ):
        await ask(client)
        replace(credentials, f"gateway {token_digest('one')}\ngateway {token_digest('two')}\n")
        assert await ask(client) == "gateway", "the old token lives beside the new one"
        replace(token, "two\n")
        assert await ask(client) == "gateway", "the new token is shown and admitted"
        replace(credentials, f"gateway {token_digest('two')}\n")
        assert await ask(client) == "gateway"
        replace(token, "one\n")
        assert (await refusal(ask, client))[0] is Kind.UNAUTHENTICATED, "the old token has ended"


async def test_a_file_replaced_by_one_of_the_same_size_and_time_is_read_anew(
    serve: Any, connect: Any, ask: Any, credentials: Path, token: Path
) -> None:
    credentials.write_text(f"gateway {token_digest('one')}\n")
    async with (
        serve(nothing, service_credentials_file=str(credentials)) as server,
        connect(server, token_file=str(token)) as client,
    ):
        await ask(client)
        before = credentials.stat()
        new = credentials.with_suffix(".new")
        new.write_text(f"gateway {token_digest('two')}\n")
        os.utime(new, ns=(before.st_atime_ns, before.st_mtime_ns))
        new.rename(credentials)
        assert (await refusal(ask, client))[0] is Kind.UNAUTHENTICATED


@pytest.mark.parametrize("text", [None, "half a li", ""])
async def test_a_file_that_becomes_unusable_changes_nothing(
    serve: Any, connect: Any, ask: Any, credentials: Path, token: Path, text: str | None
) -> None:
    async with (
        serve(caller, service_credentials_file=str(credentials)) as server,
        connect(server, token_file=str(token)) as client,
    ):
        await ask(client)
        if text is None:
            credentials.unlink()
        else:
            replace(credentials, text)
        assert await ask(client) == "gateway"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "cannot be read"),
        ("", "names nobody"),
        (f"gateway {token_digest('one')}\ngateway plaintext", "line 2 must be `caller sha256-of-token`"),
    ],
)
def test_a_server_that_could_admit_nobody_does_not_start(tmp_path: Path, text: str | None, told: str) -> None:
    path = tmp_path / "credentials"
    if text is not None:
        path.write_text(text)
    with pytest.raises(SettingsIncomplete, match=told) as ended:
        RpcServer(TestServerSettings(service_credentials_file=str(path)), domain="test")
    assert "plaintext" not in str(ended.value)


@pytest.mark.parametrize("address", ["0.0.0.0:0", "[::]:0", "10.0.0.1:50051", "example.test:50051"])
def test_serving_without_credentials_is_refused_where_others_can_reach_it(address: str) -> None:
    with pytest.raises(SettingsIncomplete, match="loopback"):
        RpcServer(TestServerSettings(listen_addr=address), domain="test")


@pytest.mark.parametrize("address", ["127.0.0.1:0", "[::1]:0", "localhost:0"])
async def test_serving_without_credentials_is_possible_on_loopback(address: str) -> None:
    RpcServer(TestServerSettings(listen_addr=address), domain="test")


def test_serving_without_credentials_has_to_be_asked_for() -> None:
    with pytest.raises(SettingsIncomplete, match="SERVICE_CREDENTIALS_FILE"):
        RpcServer(TestServerSettings(allow_unauthenticated_grpc=False), domain="test")


async def test_health_is_told_to_anybody(serve: Any, raw_channel: RawChannel, credentials: Path) -> None:
    async with serve(nothing, service_credentials_file=str(credentials)) as server:
        stub = health_pb2_grpc.HealthStub(raw_channel(server))
        answer = await stub.Check(health_pb2.HealthCheckRequest(), timeout=5)
    assert answer.status == health_pb2.HealthCheckResponse.SERVING


@pytest.mark.parametrize("switched_on", [True, False])
async def test_rpcs_are_listed_where_that_is_switched_on(
    serve: Any, raw_channel: RawChannel, switched_on: bool
) -> None:
    async with serve(nothing, grpc_reflection=switched_on) as server:
        call = reflection_pb2_grpc.ServerReflectionStub(raw_channel(server)).ServerReflectionInfo(
            iter([reflection_pb2.ServerReflectionRequest(list_services="")]), timeout=5
        )
        if switched_on:
            (answer,) = [answer async for answer in call]
            assert "switchboard.tenancy.v1.ApiKeyService" in {
                service.name for service in answer.list_services_response.service
            }
        else:
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                [answer async for answer in call]
            assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_a_service_that_takes_a_stream_is_not_served() -> None:
    server = RpcServer(TestServerSettings(), domain="test")
    name = reflection_pb2.DESCRIPTOR.services_by_name["ServerReflection"].full_name
    with pytest.raises(TypeError, match="ServerReflectionInfo: a request is one message"):
        server.add(name, object(), lambda _servicer, _server: None)


async def test_the_tenant_travels_with_the_call(serve: Any, connect: Any, ask: Any) -> None:
    async def whose() -> str:
        return str(current_tenant())

    tenant = TenantId(uuid4())
    async with serve(whose) as server, connect(server) as client:
        with tenant_scope(tenant):
            assert await ask(client) == str(tenant)
        assert await refusal(ask, client) == (Kind.PRECONDITION, "NO_TENANT")


async def test_calls_at_the_same_time_keep_their_tenants_apart(serve: Any, connect: Any, ask: Any) -> None:
    all_in = asyncio.Barrier(8)

    async def whose() -> str:
        await all_in.wait()
        return str(current_tenant())

    async def asked(tenant: TenantId) -> str:
        with tenant_scope(tenant):
            return await ask(client)  # type: ignore[no-any-return]  # a fixture

    tenants = [TenantId(uuid4()) for _ in range(8)]
    async with serve(whose) as server, connect(server) as client:
        assert await asyncio.gather(*map(asked, tenants)) == [str(tenant) for tenant in tenants]


@pytest.mark.parametrize("organization", ["", "the clinic", "00000000"])
async def test_an_organization_that_is_no_id_is_refused(serve: Any, raw_channel: RawChannel, organization: str) -> None:
    async with serve(nothing) as server:
        stub = ApiKeyServiceStub(raw_channel(server))
        metadata = (("x-switchboard-organization", organization),)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.CreateApiKey(CreateApiKeyRequest(), timeout=5, metadata=metadata)
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert tenant_in_scope() is None


async def test_two_organizations_at_once_are_none(serve: Any, raw_channel: RawChannel) -> None:
    async def whose() -> str:
        return str(current_tenant())

    async with serve(whose) as server:
        stub = ApiKeyServiceStub(raw_channel(server))
        metadata = tuple(("x-switchboard-organization", str(uuid4())) for _ in range(2))
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.CreateApiKey(CreateApiKeyRequest(), timeout=5, metadata=metadata)
    assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION


async def test_the_line_about_a_call_names_caller_organization_and_code(
    serve: Any, connect: Any, ask: Any, credentials: Path, token: Path, log_lines: list[dict[str, Any]]
) -> None:
    tenant = TenantId(uuid4())
    async with (
        serve(nothing, service_credentials_file=str(credentials)) as server,
        connect(server, token_file=str(token)) as client,
        connect(server) as nobody,
    ):
        with tenant_scope(tenant):
            await ask(client, call_id="call-1")
        await refusal(ask, nobody)

    admitted, refused = (line for line in log_lines if line["event"] == "rpc")
    assert admitted["method"] == "/switchboard.tenancy.v1.ApiKeyService/AuthenticateApiKey"
    assert (admitted["caller"], admitted["organization_id"]) == ("gateway", str(tenant))
    assert (admitted["call_id"], admitted["code"]) == ("call-1", "OK")
    assert refused["code"] == "UNAUTHENTICATED"
    assert not {"caller", "organization_id", "call_id"} & set(refused)


async def test_a_call_that_its_client_gave_up_is_not_logged_as_done(
    serve: Any, connect: Any, ask: Any, log_lines: list[dict[str, Any]]
) -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def endless() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with serve(endless) as server, connect(server) as client:
        call = asyncio.create_task(ask(client))
        await begun.wait()
        call.cancel()
        await ended.wait()
        await asyncio.sleep(0)

    (line,) = (line for line in log_lines if line["event"] == "rpc")
    assert line["code"] == "CANCELLED"


async def test_a_running_call_may_end_when_the_server_is_told_to_stop(serve: Any, connect: Any, ask: Any) -> None:
    begun, may_end = asyncio.Event(), asyncio.Event()

    async def slow() -> str:
        begun.set()
        await may_end.wait()
        return "done"

    async with serve(slow) as server, connect(server) as client:
        call = asyncio.create_task(ask(client))
        await begun.wait()
        stopping = asyncio.create_task(server.stop(grace=10))
        await asyncio.sleep(0.05)
        assert not stopping.done()
        may_end.set()
        assert await call == "done"
        await stopping


async def test_a_port_that_is_taken_is_an_error_and_not_shared(serve: Any) -> None:
    async with serve(nothing) as server:
        with pytest.raises(RuntimeError):
            async with serve(nothing, listen_addr=f"127.0.0.1:{server.port}"):
                pass


async def test_what_is_done_beside_is_begun_and_ended_with_the_server() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    server = RpcServer(TestServerSettings(), domain="test.switchboard")
    server.do_beside(work)
    assert not begun.is_set()
    await server.start()
    await begun.wait()
    assert not ended.is_set()
    await server.stop(grace=0.1)
    assert ended.is_set()
