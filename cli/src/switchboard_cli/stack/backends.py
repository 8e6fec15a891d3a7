"""Connections to the services of a running stack."""

import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from chassis.rpc.client import RpcClient
from switchboard_cli.stack.stack_file import StackFile


@dataclass(frozen=True, slots=True)
class Backends:
    tenancy: RpcClient
    booking: RpcClient
    assistant_sync: RpcClient

    @classmethod
    @asynccontextmanager
    async def of(cls, stack: StackFile, token_file: Path) -> AsyncIterator[Self]:
        """`token_file` holds the credential to show, usually the operator's in the stack's home."""
        async with contextlib.AsyncExitStack() as closers:
            clients = {name: RpcClient(address, token_file=str(token_file)) for name, address in stack.grpc.items()}
            for client in clients.values():
                closers.push_async_callback(client.close)
            yield cls(**clients)
