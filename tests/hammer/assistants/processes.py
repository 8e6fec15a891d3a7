"""Real processes of assistant-sync, on one database and one Vapi account."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import asyncpg
import grpc

from chassis.leash import leashed
from chassis.ports import free_port
from chassis.rpc.client import RpcClient
from chassis.tenant import TenantId, tenant_scope
from chassis.testing.databases import ServiceDatabase
from switchboard.assistants.v1 import agent_service_pb2 as agent_pb
from switchboard.assistants.v1.agent_service_pb2_grpc import AgentServiceStub
from switchboard.assistants.v1.rollout_service_pb2_grpc import RolloutServiceStub
from tests.hammer.assistants.tables import empty
from tests.hammer.assistants.tenancy import Tenancy, running_tenancy
from tests.hammer.assistants.vapi import VAPI_KEY, Served, Vapi
from tests.system.running import PATIENCE_SECONDS

URL = "http://127.0.0.1:8000"

_A_WHILE = timedelta(seconds=31)

_PAUSE_SECONDS = 0.05
_SAVE_SECONDS = 60.0

_BUSY = """
SELECT EXISTS (SELECT FROM assistant_sync.agents WHERE pending_reason IS NOT NULL)
    OR EXISTS (SELECT FROM assistant_sync.published_tools WHERE pending_reason IS NOT NULL)
    OR EXISTS (SELECT FROM assistant_sync.work WHERE due_at <= clock_timestamp() OR leased_until > clock_timestamp())
"""

_LATER = (
    "UPDATE assistant_sync.work SET due_at = due_at - $1::interval, leased_until = leased_until - $1::interval",
    "UPDATE assistant_sync.agents SET create_attempted_at = create_attempted_at - $1::interval",
    "UPDATE assistant_sync.published_tools SET create_attempted_at = create_attempted_at - $1::interval",
)


@dataclass(slots=True)
class Process:
    child: "subprocess.Popen[bytes]"
    client: RpcClient
    agents: Any
    rollouts: Any

    async def save(self, clinic: TenantId, **fields: Any) -> None:
        with tenant_scope(clinic):
            request = agent_pb.SaveAgentRequest(type=agent_pb.INBOUND, **fields)
            await self.agents.SaveAgent(request, timeout=_SAVE_SECONDS)

    async def kill(self) -> None:
        self.child.send_signal(signal.SIGKILL)
        self.child.wait()
        await self.client.close()


@dataclass(slots=True)
class Platform:
    """Everything around the processes."""

    database: ServiceDatabase
    connection: asyncpg.Connection
    vapi: Vapi
    vapi_url: str
    tenancy: Tenancy
    folder: Path
    processes: list[Process] = field(default_factory=list)

    async def start(self, *, requests_per_second: float) -> Process:
        """One more process, once it answers."""
        port = free_port()
        environment = {
            **os.environ,
            "ALLOW_UNAUTHENTICATED_GRPC": "true",
            "BACKEND_URL": URL,
            "DATABASE_URL": self.database.app_url,
            "LISTEN_ADDR": f"127.0.0.1:{port}",
            "TENANCY_ADDR": self.tenancy.address,
            "BOOKING_ADDR": self.tenancy.address,
            "VAPI_BASE_URL": self.vapi_url,
            "VAPI_PRIVATE_KEY": VAPI_KEY,
            "VAPI_REQUESTS_PER_SECOND": str(requests_per_second),
            "VAPI_WEBHOOK_SECRET": "the-webhook-secret",
        }
        with (self.folder / f"{port}.log").open("wb") as log:
            child = subprocess.Popen(
                leashed([sys.executable, "-m", "assistant_sync"]),
                cwd=self.folder,
                env=environment,
                stdout=log,
                stderr=log,
            )
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await _answers(port):
                if child.poll() is not None:
                    raise DidNotStart((self.folder / f"{port}.log").read_text())
                await asyncio.sleep(_PAUSE_SECONDS)
        client = RpcClient(f"127.0.0.1:{port}")
        process = Process(child, client, client.stub(AgentServiceStub), client.stub(RolloutServiceStub))
        self.processes.append(process)
        return process

    async def until_settled(self) -> None:
        """Until nothing is due, being done or pending."""
        async with asyncio.timeout(2 * PATIENCE_SECONDS):
            while await self.connection.fetchval(_BUSY):
                await asyncio.sleep(_PAUSE_SECONDS)

    async def half_a_minute_passes(self) -> None:
        """In the tables: leases of killed processes end, and creates that nothing was heard of are settled."""
        for statement in _LATER:
            await self.connection.execute(statement, _A_WHILE)
        await self.connection.execute("SELECT pg_notify('work', '')")

    async def writes_of_another_look(self) -> int:
        """How much is written when everything is looked at although nothing is to be done."""
        before = len(self.vapi.writes())
        await self.connection.execute("SELECT assistant_sync.want_all_work(ARRAY['agent', 'tools', 'numbers'])")
        await self.until_settled()
        return len(self.vapi.writes()) - before


class DidNotStart(Exception):
    """A process ended at once; the message is what it said."""


@asynccontextmanager
async def platform(database: ServiceDatabase) -> AsyncIterator[Platform]:
    vapi = Vapi()
    connection = await asyncpg.connect(database.superuser_url)
    with TemporaryDirectory(prefix="assistants-") as folder:
        try:
            await empty(connection)
            async with running_tenancy() as tenancy, Served(vapi) as vapi_url:
                running = Platform(database, connection, vapi, vapi_url, tenancy, Path(folder))
                try:
                    yield running
                finally:
                    for process in running.processes:
                        await process.kill()
        finally:
            await connection.close()


async def _answers(port: int) -> bool:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        try:
            await asyncio.wait_for(channel.channel_ready(), 1)
        except TimeoutError:
            return False
        return True
