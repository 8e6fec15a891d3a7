"""The composition root: which parts this service is made of."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from math import ceil

import httpx
from prometheus_client import CollectorRegistry, Gauge

from assistant_sync.clients.calls import BookingReports, TenancyLateReports, TenancyOwners
from assistant_sync.clients.phone_numbers import TenancyNumbers, TenancyOrganizations
from assistant_sync.clients.tenancy import TenancyRegistry
from assistant_sync.domain.addresses import Addresses
from assistant_sync.domain.agents.find_inbound_assistant import FindInboundAssistant
from assistant_sync.domain.agents.our_part import OurPart
from assistant_sync.domain.agents.reconcile_agent import ReconcileAgent
from assistant_sync.domain.agents.save_agent import SaveAgent
from assistant_sync.domain.agents.set_agent_webhook import SetAgentWebhook
from assistant_sync.domain.agents.sync_agent import SyncAgent
from assistant_sync.domain.calls.compare_calls import CompareCalls, Timing
from assistant_sync.domain.calls.find_recording import FindRecording
from assistant_sync.domain.calls.tell_completeness import TellCompleteness
from assistant_sync.domain.calls.want_comparison import WantComparison
from assistant_sync.domain.calls.watch_missing import Figures, keep_telling_of_missing_calls
from assistant_sync.domain.departments.create_department import CreateDepartment
from assistant_sync.domain.departments.update_department import UpdateDepartment
from assistant_sync.domain.drift.find_drift import FindDrift
from assistant_sync.domain.errors import VapiKeyRefused, VapiUnreachable
from assistant_sync.domain.live_call.end_call import EndCall
from assistant_sync.domain.live_call.find_destination import FindDestination
from assistant_sync.domain.live_call.transfer_call import TransferCall
from assistant_sync.domain.numbers.look_after_numbers import LookAfterNumbers
from assistant_sync.domain.numbers.our_pointing import OurPointing
from assistant_sync.domain.numbers.point_numbers import PointNumbers
from assistant_sync.domain.numbers.warn_of_numbers import WarnOfNumbers
from assistant_sync.domain.our_servers import OurServers
from assistant_sync.domain.ports import (
    AddressBook,
    Agents,
    Comparisons,
    Departments,
    GivenAnswers,
    ListedCalls,
    Rollouts,
    VapiObjects,
    WorkQueue,
)
from assistant_sync.domain.reconciling.budget import Budget
from assistant_sync.domain.reconciling.reconciler import Handler, Reconciler
from assistant_sync.domain.reconciling.schedule import Schedule
from assistant_sync.domain.reconciling.turns import Turns
from assistant_sync.domain.reconciling.work import Work, WorkKind
from assistant_sync.domain.rollouts.change import ChangeRollout, StartRollout
from assistant_sync.domain.rollouts.conduct import ConductRollout
from assistant_sync.domain.rollouts.note import NoteTargets
from assistant_sync.domain.rollouts.plan import PlanRollout
from assistant_sync.domain.rollouts.rollout import TargetKind
from assistant_sync.domain.tools.look_after_tools import LookAfterTools
from assistant_sync.domain.tools.our_tools import OurToolIds
from assistant_sync.domain.tools.publish_now import PublishNow
from assistant_sync.domain.tools.publish_tools import PublishTools
from assistant_sync.domain.tools.retire_tools import RetireTools
from assistant_sync.domain.tools.tool import Tool
from assistant_sync.domain.tools.warn_of_tools import WarnOfTools
from assistant_sync.rpc.agent_service import AgentServicer
from assistant_sync.rpc.department_service import DepartmentServicer
from assistant_sync.rpc.drift_service import DriftServicer
from assistant_sync.rpc.live_call_service import LiveCallServicer
from assistant_sync.rpc.rollout_service import RolloutServicer
from assistant_sync.rpc.tool_service import ToolServicer
from assistant_sync.rpc.vapi_call_service import VapiCallServicer
from assistant_sync.settings import AssistantSyncSettings
from assistant_sync.store.addresses import AddressStore
from assistant_sync.store.agents import AgentStore
from assistant_sync.store.comparisons import ComparisonStore
from assistant_sync.store.departments import DepartmentStore
from assistant_sync.store.hidden_headers import HiddenHeaderStore
from assistant_sync.store.listed_calls import ListedCallStore
from assistant_sync.store.published_tools import PublishedToolStore
from assistant_sync.store.rollouts import RolloutStore
from assistant_sync.store.tool_calls import ToolCallStore
from assistant_sync.store.vapi_accounts import VapiAccountStore
from assistant_sync.store.vapi_numbers import VapiNumberStore
from assistant_sync.store.work import WorkStore
from assistant_sync.vapi.account import VapiAccount, fingerprint
from assistant_sync.vapi.calls import AccountLines
from assistant_sync.vapi.hidden_headers import OurHeaders
from chassis.clock import Clock, system_clock
from chassis.database.engine import Database
from chassis.live_secrets import live_secrets
from chassis.logs import get_logger
from chassis.rpc.client import RpcClient
from chassis.rpc.server import RpcServer
from chassis.tools import load_catalogue
from switchboard.assistants.v1 import (
    agent_service_pb2,
    department_service_pb2,
    drift_service_pb2,
    live_call_service_pb2,
    rollout_service_pb2,
    tool_service_pb2,
    vapi_call_service_pb2,
)
from switchboard.assistants.v1.agent_service_pb2_grpc import add_AgentServiceServicer_to_server
from switchboard.assistants.v1.department_service_pb2_grpc import add_DepartmentServiceServicer_to_server
from switchboard.assistants.v1.drift_service_pb2_grpc import add_DriftServiceServicer_to_server
from switchboard.assistants.v1.live_call_service_pb2_grpc import add_LiveCallServiceServicer_to_server
from switchboard.assistants.v1.rollout_service_pb2_grpc import add_RolloutServiceServicer_to_server
from switchboard.assistants.v1.tool_service_pb2_grpc import add_ToolServiceServicer_to_server
from switchboard.assistants.v1.vapi_call_service_pb2_grpc import add_VapiCallServiceServicer_to_server

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
    find_inbound: FindInboundAssistant
    find_drift: FindDrift
    rollouts: Rollouts
    plan_rollout: PlanRollout
    start_rollout: StartRollout
    publish_tools: PublishNow
    queue: WorkQueue
    reconciler: Reconciler
    departments: Departments
    given_answers: GivenAnswers
    find_recording: FindRecording
    tell_completeness: TellCompleteness
    want_comparison: WantComparison
    comparisons: Comparisons
    listed_calls: ListedCalls
    clock: Clock


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
        booking = RpcClient(settings.booking_addr, token_file=settings.service_token_file)
        connections.push_async_callback(booking.close)
        private_key = settings.vapi_private_key.get_secret_value()
        budget = Budget(
            VapiAccountStore(database, fingerprint(private_key)),
            requests_per_second=settings.vapi_requests_per_second,
        )
        secret = live_secrets(settings.vapi_webhook_secret.get_secret_value())[0]
        ours = OurHeaders({"X-Vapi-Secret": secret}, private_key, HiddenHeaderStore(database))
        vapi = VapiAccount(settings.vapi_base_url, private_key, budget, our_headers=ours, transport=vapi_transport)
        connections.push_async_callback(vapi.close)

        agents, queue, published = AgentStore(database), WorkStore(database), PublishedToolStore(database)
        addresses = AddressStore(database, Addresses(settings.backend_url, settings.webhook))
        registry = TenancyRegistry(tenancy)
        our_part = OurPart(addresses, OurToolIds(published), registry, secret)
        our_servers = OurServers(addresses, secret)
        turns = Turns(queue, Schedule(timedelta(seconds=settings.reconcile_interval_seconds)))
        sync = SyncAgent(agents, vapi.assistants, registry, our_part, queue, clock)
        catalogue = _catalogue()
        retire = RetireTools(published, vapi.tools, vapi.assistants, clock)
        publish = PublishTools(catalogue, published, vapi.tools, our_servers, retire, clock)
        held = TenancyNumbers(tenancy)
        our_pointing = OurPointing(agents, our_servers)
        numbers = VapiNumberStore(database)
        point = PointNumbers(held, numbers, vapi.phone_numbers, our_pointing, clock)
        warners = (
            WarnOfTools(vapi.tools, our_servers, published),
            WarnOfNumbers(numbers, vapi.phone_numbers, our_pointing),
        )
        rollouts, at_once = RolloutStore(database), _at_once(settings.vapi_requests_per_second)
        owners, lines = TenancyOwners(tenancy), AccountLines(vapi.phone_numbers)
        listed, comparisons = ListedCallStore(database), ComparisonStore(database, fingerprint(private_key))
        compare_calls = CompareCalls(
            vapi.calls,
            lines,
            owners,
            BookingReports(booking),
            TenancyLateReports(tenancy),
            listed,
            comparisons,
            Timing(
                timedelta(seconds=settings.compare_calls_interval_seconds),
                timedelta(seconds=settings.reports_expected_within_seconds),
            ),
            clock,
        )
        handlers: dict[WorkKind, Handler] = {
            WorkKind.AGENT: NoteTargets(rollouts, ReconcileAgent(agents, sync)),
            WorkKind.TOOLS: NoteTargets(rollouts, LookAfterTools(publish, queue)),
            WorkKind.NUMBERS: NoteTargets(rollouts, LookAfterNumbers(point, TenancyOrganizations(tenancy), queue)),
            WorkKind.ROLLOUT: ConductRollout(rollouts, at_once),
            WorkKind.CALLS: compare_calls,
        }
        yield UseCases(
            agents,
            addresses,
            our_part,
            SaveAgent(agents, turns, sync),
            SetAgentWebhook(agents, vapi.assistants, our_part, turns),
            FindInboundAssistant(agents, registry),
            FindDrift(agents, vapi.assistants, our_part, warners),
            rollouts,
            PlanRollout(rollouts, addresses, _by_kind(vapi)),
            StartRollout(rollouts, addresses),
            PublishNow(catalogue, published, handlers[WorkKind.TOOLS], turns),
            queue,
            Reconciler(queue, turns, handlers, at_once),
            DepartmentStore(database),
            ToolCallStore(database),
            FindRecording(vapi.calls, lines, owners),
            TellCompleteness(listed, clock),
            WantComparison(comparisons, queue),
            comparisons,
            listed,
            clock,
        )


def _catalogue() -> list[Tool]:
    return [Tool(tool.name, tool.description, tool.json_schema) for tool in load_catalogue().values()]


def _at_once(requests_per_second: float) -> int:
    """Enough work to use the rate while answers take a second, and no more: whoever is waited for comes after it."""
    return max(_FEWEST_AT_ONCE, min(ceil(2 * requests_per_second), _MOST_AT_ONCE))


def _by_kind(vapi: VapiAccount) -> Mapping[TargetKind, VapiObjects]:
    return {
        TargetKind.ASSISTANT: vapi.assistants,
        TargetKind.TOOL: vapi.tools,
        TargetKind.PHONE_NUMBER: vapi.phone_numbers,
    }


def add_services(server: RpcServer, use_cases: UseCases) -> None:
    """Add every gRPC service of assistant-sync to a server."""
    server.add(
        agent_service_pb2.DESCRIPTOR.services_by_name["AgentService"].full_name,
        AgentServicer(
            use_cases.agents, use_cases.our_part, use_cases.save, use_cases.set_webhook, use_cases.find_inbound
        ),
        add_AgentServiceServicer_to_server,
    )
    server.add(
        drift_service_pb2.DESCRIPTOR.services_by_name["DriftService"].full_name,
        DriftServicer(use_cases.find_drift),
        add_DriftServiceServicer_to_server,
    )
    server.add(
        rollout_service_pb2.DESCRIPTOR.services_by_name["RolloutService"].full_name,
        RolloutServicer(
            use_cases.rollouts, use_cases.plan_rollout, use_cases.start_rollout, ChangeRollout(use_cases.rollouts)
        ),
        add_RolloutServiceServicer_to_server,
    )
    server.add(
        tool_service_pb2.DESCRIPTOR.services_by_name["ToolService"].full_name,
        ToolServicer(use_cases.publish_tools),
        add_ToolServiceServicer_to_server,
    )
    departments, given, clock = use_cases.departments, use_cases.given_answers, use_cases.clock
    server.add(
        department_service_pb2.DESCRIPTOR.services_by_name["DepartmentService"].full_name,
        DepartmentServicer(
            departments,
            CreateDepartment(departments, clock),
            UpdateDepartment(departments, clock),
            FindDestination(departments),
        ),
        add_DepartmentServiceServicer_to_server,
    )
    server.add(
        live_call_service_pb2.DESCRIPTOR.services_by_name["LiveCallService"].full_name,
        LiveCallServicer(TransferCall(departments, given), EndCall(given)),
        add_LiveCallServiceServicer_to_server,
    )
    server.add(
        vapi_call_service_pb2.DESCRIPTOR.services_by_name["VapiCallService"].full_name,
        VapiCallServicer(
            use_cases.find_recording,
            use_cases.tell_completeness,
            use_cases.want_comparison,
            use_cases.comparisons,
            use_cases.listed_calls,
        ),
        add_VapiCallServiceServicer_to_server,
    )


def watch_missing_calls(server: RpcServer, use_cases: UseCases) -> None:
    """Show Prometheus, beside what the server counts, what an alarm is about."""
    figures = figures_in(server.metrics.registry)
    watch = partial(keep_telling_of_missing_calls, use_cases.listed_calls, use_cases.comparisons)
    server.do_beside(partial(watch, use_cases.clock, figures))


def figures_in(registry: CollectorRegistry) -> Figures:
    """Gauges of what is missing."""
    gauge = partial(Gauge, registry=registry)
    return Figures(
        gauge("switchboard_calls_missing", "Calls in Vapi whose report is not here.").set,
        gauge("switchboard_calls_missing_seconds", "How long the first of them has been missing.").set,
        gauge("switchboard_calls_compared_seconds", "How long ago Vapi's calls were last compared to the end.").set,
    )


async def serve(settings: AssistantSyncSettings) -> None:
    """Serve until told to stop."""
    server = RpcServer(settings, domain=DOMAIN)
    async with put_together(settings) as use_cases:
        add_services(server, use_cases)
        watch_missing_calls(server, use_cases)
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
            await use_cases.queue.want(Work(WorkKind.NUMBERS))
            await use_cases.queue.want(Work(WorkKind.ROLLOUT))  # which other settings may have ended
            await use_cases.queue.want(Work(WorkKind.CALLS))
            await use_cases.queue.want_all([WorkKind.NUMBERS])
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(_publish(use_cases.publish_tools))
                await use_cases.reconciler.run()
        except Exception:  # noqa: BLE001  # the service is of use without it, and its database comes back
            _log.exception("nothing is reconciled for a moment")
        await asyncio.sleep(1)


async def _publish(publish_tools: PublishNow) -> None:
    """By this process, which may have another catalogue than the one that it replaces."""
    try:
        await publish_tools()
    except (VapiUnreachable, VapiKeyRefused) as trouble:
        _log.warning("the tools are not published yet", reason=trouble.reason)
