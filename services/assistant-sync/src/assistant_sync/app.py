"""The composition root: which parts this service is made of."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import httpx

from assistant_sync.clients.tenancy import TenancyRegistry
from assistant_sync.domain.agents.catch_up import CatchUp
from assistant_sync.domain.agents.finish_pending import FinishPending
from assistant_sync.domain.agents.owned import Webhook
from assistant_sync.domain.agents.save_agent import SaveAgent
from assistant_sync.domain.agents.sync_agent import SyncAgent
from assistant_sync.domain.ports import Agents
from assistant_sync.rpc.agent_service import AgentServicer
from assistant_sync.settings import AssistantSyncSettings
from assistant_sync.store.agents import AgentStore
from assistant_sync.store.leases import LEASE_LASTS, LeaseStore
from assistant_sync.vapi.account import VapiAccount
from chassis.clock import Clock, system_clock
from chassis.database.engine import Database
from chassis.logs import get_logger
from chassis.rpc.client import RpcClient
from chassis.rpc.server import RpcServer
from switchboard.assistants.v1 import agent_service_pb2
from switchboard.assistants.v1.agent_service_pb2_grpc import add_AgentServiceServicer_to_server

DOMAIN = "assistants.switchboard"

_log = get_logger()


@dataclass(frozen=True, slots=True)
class UseCases:
    agents: Agents
    save: SaveAgent
    finish_pending: FinishPending


@asynccontextmanager
async def put_together(
    settings: AssistantSyncSettings,
    *,
    clock: Clock = system_clock,
    vapi_transport: httpx.AsyncBaseTransport | None = None,
) -> AsyncIterator[UseCases]:
    """The use-cases with their connections, which are closed at the end.

    `vapi_transport` stands in for the network in tests.
    """
    async with AsyncExitStack() as connections:
        database = Database(settings.database_url, pool_size=settings.database_pool_size)
        connections.push_async_callback(database.close)
        tenancy = RpcClient(settings.tenancy_addr, token_file=settings.service_token_file)
        connections.push_async_callback(tenancy.close)
        vapi = VapiAccount(
            settings.vapi_base_url,
            settings.vapi_private_key.get_secret_value(),
            requests_per_second=settings.vapi_requests_per_second,
            transport=vapi_transport,
        )
        connections.push_async_callback(vapi.close)

        agents, leases = AgentStore(database), LeaseStore(database)
        webhook = Webhook(settings.webhook, settings.vapi_webhook_secret.get_secret_value())
        sync = SyncAgent(agents, vapi.assistants, TenancyRegistry(tenancy), webhook, clock)
        catch_up = CatchUp(agents, leases, sync)
        patience = LEASE_LASTS.total_seconds() + 5
        yield UseCases(
            agents,
            SaveAgent(agents, leases, sync, catch_up),
            FinishPending(agents, leases, sync, catch_up, patience),
        )


def add_services(server: RpcServer, use_cases: UseCases) -> None:
    """Add every gRPC service of assistant-sync to a server."""
    server.add(
        agent_service_pb2.DESCRIPTOR.services_by_name["AgentService"].full_name,
        AgentServicer(use_cases.agents, use_cases.save),
        add_AgentServiceServicer_to_server,
    )


async def serve(settings: AssistantSyncSettings) -> None:
    """Serve until told to stop."""
    server = RpcServer(settings, domain=DOMAIN)
    async with put_together(settings) as use_cases:
        add_services(server, use_cases)
        finishing = asyncio.create_task(_finish(use_cases.finish_pending))
        try:
            await server.serve_until_told_to_stop()
        finally:
            # Before its connections are closed.
            finishing.cancel()
            await asyncio.gather(finishing, return_exceptions=True)


async def _finish(finish_pending: FinishPending) -> None:
    try:
        await finish_pending()
    except Exception:  # noqa: BLE001  # the service is of use without it; the next save or start tries again
        _log.exception("pending agents could not be listed")
