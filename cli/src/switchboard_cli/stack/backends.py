"""Connections to the services of a running stack, with the operator's credential."""

import contextlib
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from chassis.rpc.client import RpcClient
from switchboard_cli.stack.private_file import write_private
from switchboard_cli.stack.stack_file import StackFile


@dataclass(frozen=True, slots=True)
class Backends:
    tenancy: RpcClient
    booking: RpcClient
    assistant_sync: RpcClient

    @classmethod
    @asynccontextmanager
    async def of(cls, stack: StackFile) -> AsyncIterator[Self]:
        async with contextlib.AsyncExitStack() as closers:
            folder = closers.enter_context(tempfile.TemporaryDirectory(prefix="switchboard-"))
            token_file = Path(folder) / "token"
            write_private(token_file, stack.service_token)
            clients = {name: RpcClient(address, token_file=str(token_file)) for name, address in stack.grpc.items()}
            for client in clients.values():
                closers.push_async_callback(client.close)
            yield cls(**clients)
