"""How what went wrong in a server reaches a client."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import grpc
import pytest

from chassis.errors import DomainError, Kind, RemoteError
from chassis.rpc.credentials import token_digest
from chassis.rpc.server import RpcServer
from switchboard.tenancy.v1.api_key_service_pb2 import CreateApiKeyRequest
from switchboard.tenancy.v1.api_key_service_pb2_grpc import ApiKeyServiceStub

SECRET = "Ana Exempla"


def raising(error: Exception) -> Callable[[], Awaitable[str]]:
    async def behaviour() -> str:
        raise error

    return behaviour


class _Driver(Exception):
    def __init__(self, sqlstate: str) -> None:
        super().__init__(SECRET)
        self.sqlstate = sqlstate


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.UNAVAILABLE])
async def test_a_state_arrives_with_kind_reason_and_metadata(serve: Any, connect: Any, ask: Any, kind: Kind) -> None:
    class Odd(DomainError, kind=kind, reason="ODD"):
        pass

    async with serve(raising(Odd(field="number", reason="x"))) as server, connect(server) as client:
        with pytest.raises(RemoteError) as caught:
            await ask(client)

    assert (caught.value.kind, caught.value.reason) == (kind, "ODD")
    assert caught.value.metadata == {"field": "number", "reason": "x"}


async def test_an_uncaught_exceptions_text_never_leaves_the_server(
    serve: Any, raw_channel: Callable[[RpcServer], grpc.aio.Channel]
) -> None:
    async with serve(raising(ValueError(SECRET))) as server:
        stub = ApiKeyServiceStub(raw_channel(server))
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.CreateApiKey(CreateApiKeyRequest(), timeout=5)

    assert caught.value.code() is grpc.StatusCode.INTERNAL
    assert caught.value.details() == "Something went wrong on our side."
    assert SECRET not in repr(caught.value)


@pytest.mark.parametrize(
    ("headers", "code"),
    [(None, grpc.StatusCode.UNAUTHENTICATED), (("authorization", "Bearer right"), grpc.StatusCode.INVALID_ARGUMENT)],
)
async def test_bytes_that_are_no_message_are_read_for_nobody_unknown_and_told_without_a_word_of_them(
    serve: Any,
    raw_channel: Callable[[RpcServer], grpc.aio.Channel],
    tmp_path: Path,
    headers: tuple[str, str] | None,
    code: grpc.StatusCode,
) -> None:
    credentials = tmp_path / "credentials"
    credentials.write_text(f"gateway {token_digest('right')}\n")
    options = {"allow_unauthenticated_grpc": False, "service_credentials_file": str(credentials)}
    async with serve(raising(ValueError(SECRET)), **options) as server:
        call = raw_channel(server).unary_unary("/switchboard.tenancy.v1.ApiKeyService/AuthenticateApiKey")
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call(b"\xff\xff", timeout=5, metadata=(headers,) if headers else ())

    assert caught.value.code() is code
    assert "DecodeError" not in str(caught.value.details())
