"""The composition root: which parts this service is made of."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import httpx

from assistant_sync.clients.tenancy import TenancyRegistry
from assistant_sync.domain.catch_up import CatchUp
from assistant_sync.domain.finish_pending import FinishPending
from assistant_sync.domain.owned import Webhook
from assistant_sync.domain.save_agent import SaveAgent
from assistant_sync.domain.sync_agent import SyncAgent
from assistant_sync.rpc.agent_service import AgentServicer
from assistant_sync.settings import AssistantSyncSettings
from assistant_sync.store.agents import AgentStore
from assistant_sync.store.leases import LEASE_LASTS, LeaseStore
from assistant_sync.vapi.client import VapiClient
from chassis.clock import Clock, system_clock
from chassis.database.engine import Database
from chassis.logs import get_logger
from chassis.rpc.client import RpcClient
from chassis.rpc.server import RpcServer
from switchboard.assistants.v1 import agent_service_pb2
from switchboard.assistants.v1.agent_service_pb2_grpc import add_AgentServiceServicer_to_server

DOMAIN = "assistants.switchboard"

_AGENT_SERVICE = agent_service_pb2.DESCRIPTOR.services_by_name["AgentService"].full_name

_log = get_logger()


@dataclass(frozen=True, slots=True)
class App:
    add_services: Callable[[RpcServer], None]
    finish_pending: FinishPending
    database: Database
    vapi: VapiClient
    tenancy: RpcClient

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.vapi.close()
        await self.tenancy.close()
        await self.database.close()


def build(
    settings: AssistantSyncSettings,
    *,
    clock: Clock = system_clock,
    vapi_transport: httpx.AsyncBaseTransport | None = None,
) -> App:
    """`vapi_transport` stands in for the network in tests."""
    database = Database(settings.database_url, pool_size=settings.database_pool_size)
    vapi = VapiClient(
        settings.vapi_base_url,
        settings.vapi_private_key.get_secret_value(),
        requests_per_second=settings.vapi_requests_per_second,
        transport=vapi_transport,
    )
    tenancy = RpcClient(settings.tenancy_addr, token_file=settings.service_token_file)
    agents, leases = AgentStore(database), LeaseStore(database)
    webhook = Webhook(settings.webhook, settings.vapi_webhook_secret.get_secret_value())
    sync = SyncAgent(agents, vapi, TenancyRegistry(tenancy), webhook, clock)
    catch_up = CatchUp(agents, leases, sync)
    servicer = AgentServicer(agents, SaveAgent(agents, leases, sync, catch_up))

    def add_services(server: RpcServer) -> None:
        server.add(_AGENT_SERVICE, servicer, add_AgentServiceServicer_to_server)

    patience = LEASE_LASTS.total_seconds() + 5
    return App(add_services, FinishPending(agents, leases, sync, catch_up, patience), database, vapi, tenancy)


async def serve(settings: AssistantSyncSettings) -> None:
    server = RpcServer(settings, domain=DOMAIN)
    async with build(settings) as app:
        app.add_services(server)
        finishing = asyncio.create_task(_finish(app.finish_pending))
        await server.serve_until_told_to_stop()
        finishing.cancel()
        await asyncio.gather(finishing, return_exceptions=True)


async def _finish(finish_pending: FinishPending) -> None:
    try:
        await finish_pending()
    except Exception:  # noqa: BLE001  # the service is of use without it; the next save or start tries again
        _log.exception("pending agents were not all looked at")
