"""The composition root: which parts this service is made of."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from math import ceil

import httpx

from assistant_sync.clients.tenancy import TenancyRegistry
from assistant_sync.domain.addresses import Addresses
from assistant_sync.domain.agents.our_part import OurPart
from assistant_sync.domain.agents.reconcile_agent import ReconcileAgent
from assistant_sync.domain.agents.save_agent import SaveAgent
from assistant_sync.domain.agents.set_agent_webhook import SetAgentWebhook
from assistant_sync.domain.agents.sync_agent import SyncAgent
from assistant_sync.domain.ports import AddressBook, Agents
from assistant_sync.domain.reconciling.budget import Budget
from assistant_sync.domain.reconciling.reconciler import Reconciler
from assistant_sync.domain.reconciling.schedule import Schedule
from assistant_sync.domain.reconciling.turns import Turns
from assistant_sync.domain.reconciling.work import WorkKind
from assistant_sync.domain.tools.our_tools import OurToolIds
from assistant_sync.rpc.agent_service import AgentServicer
from assistant_sync.settings import AssistantSyncSettings
from assistant_sync.store.addresses import AddressStore
from assistant_sync.store.agents import AgentStore
from assistant_sync.store.published_tools import PublishedToolStore
from assistant_sync.store.vapi_accounts import VapiAccountStore
from assistant_sync.store.work import WorkStore
from assistant_sync.vapi.account import VapiAccount, fingerprint
from chassis.clock import Clock, system_clock
from chassis.database.engine import Database
from chassis.logs import get_logger
from chassis.rpc.client import RpcClient
from chassis.rpc.server import RpcServer
from switchboard.assistants.v1 import agent_service_pb2
from switchboard.assistants.v1.agent_service_pb2_grpc import add_AgentServiceServicer_to_server

DOMAIN = "assistants.switchboard"

_FEWEST_AT_ONCE, _MOST_AT_ONCE = 4, 32

_log = get_logger()


@dataclass(frozen=True, slots=True)
class UseCases:
    agents: Agents
    addresses: AddressBook
    our_part: OurPart
    save: SaveAgent
    set_webhook: SetAgentWebhook
    reconciler: Reconciler


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
        private_key = settings.vapi_private_key.get_secret_value()
        budget = Budget(
            VapiAccountStore(database, fingerprint(private_key)),
            requests_per_second=settings.vapi_requests_per_second,
        )
        vapi = VapiAccount(settings.vapi_base_url, private_key, budget, transport=vapi_transport)
        connections.push_async_callback(vapi.close)

        agents, queue, published = AgentStore(database), WorkStore(database), PublishedToolStore(database)
        addresses = AddressStore(database, Addresses(settings.backend_url, settings.webhook))
        registry = TenancyRegistry(tenancy)
        our_part = OurPart(addresses, OurToolIds(published), registry, settings.vapi_webhook_secret.get_secret_value())
        turns = Turns(queue, Schedule(timedelta(seconds=settings.reconcile_interval_seconds)))
        sync = SyncAgent(agents, vapi.assistants, registry, our_part, queue, clock)
        handlers = {WorkKind.AGENT: ReconcileAgent(agents, sync)}
        yield UseCases(
            agents,
            addresses,
            our_part,
            SaveAgent(agents, turns, sync),
            SetAgentWebhook(agents, vapi.assistants, our_part, turns),
            Reconciler(queue, turns, handlers, _at_once(settings.vapi_requests_per_second)),
        )


def _at_once(requests_per_second: float) -> int:
    """Enough work to use the rate while answers take a second, and no more: whoever is waited for comes after it."""
    return max(_FEWEST_AT_ONCE, min(ceil(2 * requests_per_second), _MOST_AT_ONCE))


def add_services(server: RpcServer, use_cases: UseCases) -> None:
    """Add every gRPC service of assistant-sync to a server."""
    server.add(
        agent_service_pb2.DESCRIPTOR.services_by_name["AgentService"].full_name,
        AgentServicer(use_cases.agents, use_cases.our_part, use_cases.save, use_cases.set_webhook),
        add_AgentServiceServicer_to_server,
    )


async def serve(settings: AssistantSyncSettings) -> None:
    """Serve until told to stop."""
    server = RpcServer(settings, domain=DOMAIN)
    async with put_together(settings) as use_cases:
        add_services(server, use_cases)
        reconciling = asyncio.create_task(_reconcile(use_cases))
        try:
            await server.serve_until_told_to_stop()
        finally:
            # Before its connections are closed.
            reconciling.cancel()
            await asyncio.gather(reconciling, return_exceptions=True)


async def _reconcile(use_cases: UseCases) -> None:
    """What the settings say of this deployment's addresses holds from its start, also if nobody saves anything."""
    while True:
        try:
            await use_cases.addresses.now()
            await use_cases.reconciler.run()
        except Exception:  # noqa: BLE001  # the service is of use without it, and its database comes back
            _log.exception("nothing is reconciled for a moment")
        await asyncio.sleep(1)
