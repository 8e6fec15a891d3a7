"""The gateway over real HTTP, in front of real gRPC servers that play tenancy and booking."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
import uvicorn
from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import Message

from chassis.clock import system_clock
from chassis.errors import Kind, RemoteError
from chassis.rpc.client import RpcClient
from chassis.rpc.server import RpcServer
from chassis.tenant import current_tenant, tenant_in_scope
from chassis.testing.servers import served
from gateway.answer.records import flight_recorder, quarantine, recording
from gateway.answer.requests import callers, departments, inbound_assistants
from gateway.app import build, http_server, listen
from gateway.backends import Backends
from gateway.http.connection import Bounds
from gateway.http.intake import Intake
from gateway.lifecycle import Lifecycle
from gateway.outside import live_calls
from gateway.routes import vapi
from gateway.sender import admission, credential_uses
from gateway.sender.memories import Memories
from gateway.settings import GatewaySettings
from services.gateway.tests.assistant_sync import AssistantSync
from services.gateway.tests.conforming import Contract
from switchboard.booking.v1 import (
    analytics_service_pb2_grpc,
    appointment_service_pb2_grpc,
    busy_source_service_pb2_grpc,
    caldav_service_pb2_grpc,
    calendar_service_pb2_grpc,
    call_event_service_pb2_grpc,
    call_service_pb2_grpc,
    contact_service_pb2_grpc,
    feed_service_pb2_grpc,
    receptionist_service_pb2_grpc,
)
from switchboard.booking.v1.call_event_service_pb2 import CallEvent, RecordCallEventsResponse
from switchboard.booking.v1.call_service_pb2 import RecordCallResponse
from switchboard.booking.v1.contact_service_pb2 import GetCallerNameResponse
from switchboard.tenancy.v1 import (
    api_key_service_pb2_grpc,
    audit_service_pb2_grpc,
    organization_service_pb2_grpc,
    quarantine_service_pb2_grpc,
    tenancy_service_pb2_grpc,
    webhook_credential_service_pb2_grpc,
)
from switchboard.tenancy.v1.api_key_service_pb2 import WRITE, AuthenticateApiKeyRequest, AuthenticateApiKeyResponse
from switchboard.tenancy.v1.audit_service_pb2 import RecordReadingRequest, RecordReadingResponse
from switchboard.tenancy.v1.organization_service_pb2 import (
    GetOrganizationRequest,
    GetOrganizationResponse,
    Organization,
)
from switchboard.tenancy.v1.quarantine_service_pb2 import (
    ClaimQuarantinedMessagesRequest,
    ClaimQuarantinedMessagesResponse,
    FinishQuarantinedMessageRequest,
    FinishQuarantinedMessageResponse,
    QuarantineMessageRequest,
    QuarantineMessageResponse,
)
from switchboard.tenancy.v1.tenancy_service_pb2 import (
    Finding,
    ResolveTenantRequest,
    ResolveTenantResponse,
    WatchRoutesRequest,
    WatchRoutesResponse,
)
from switchboard.tenancy.v1.webhook_credential_service_pb2 import (
    GetWebhookVerifiersRequest,
    GetWebhookVerifiersResponse,
    RecordWebhookCredentialUsesRequest,
    RecordWebhookCredentialUsesResponse,
    WebhookVerifier,
)
from switchboard.tools.v1.tools_pb2 import ToolReply
from tenancy_client import watch

CLINIC = "6b1d4c1e-3a5f-4d0e-9c55-0f7a8e2b9d31"
OTHER_CLINIC = "a9f3e6d2-0b7c-4a18-8e44-5c2d1b0f9e87"
SUSPENDED_CLINIC = "c4d5e6f7-1a2b-4c3d-8e9f-0a1b2c3d4e5f"
LINE, OTHER_LINE, SUSPENDED_LINE = "+12065550142", "+12065550143", "+12065550144"
CALLER = "+12065550177"
SECRET = "the secret of this deployment"
ADMIN_KEY = "the key of the administrator"
UNLIMITED = 1_000_000
"""A minute's limit that no test reaches."""
PATIENCE = 30.0
"""Seconds until a test that waits in vain is given up."""

ANSWERED_WITHIN = vapi.SECONDS
"""As the gateway itself has it; see `_the_machine_may_be_busy`."""

Servicer = grpc.aio.ServicerContext[Any, Any]
Behaviour = Callable[[Any], Awaitable[ToolReply]]


async def _says_so(request: Any) -> ToolReply:
    return ToolReply(say=f"{type(request).__name__} was heard.")


def _set() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event


class Tenancy(
    tenancy_service_pb2_grpc.TenancyServiceServicer,
    api_key_service_pb2_grpc.ApiKeyServiceServicer,
    organization_service_pb2_grpc.OrganizationServiceServicer,
    webhook_credential_service_pb2_grpc.WebhookCredentialServiceServicer,
    audit_service_pb2_grpc.AuditServiceServicer,
):
    """Answers from tables of numbers and credentials; knows no contradictions but those it is told to see."""

    def __init__(self) -> None:
        self.lines: dict[str, tuple[str, ResolveTenantResponse.Outcome.ValueType]] = {}
        self.asked: list[ResolveTenantRequest] = []
        self.fails: Exception | None = None
        self.answers = _set()
        """Cleared, it keeps whoever asks whose a message is waiting."""
        self.rate_limits: dict[str, int] = {}
        """Of organizations that have one of their own."""
        self.verifiers: dict[str, list[WebhookVerifier]] = {}
        self.unreadable: dict[str, list[str]] = {}
        """Ids of credentials of which tenancy has lost the key."""
        self.verifiers_asked = 0
        self.uses: list[RecordWebhookCredentialUsesRequest.Use] = []
        self.readings: list[Heard] = []
        """What was said that somebody read."""
        self.readings_fail: Exception | None = None
        self.version = 0
        self._watching: set[asyncio.Queue[WatchRoutesResponse]] = set()
        self.reset()

    def reset(self) -> None:
        self.lines = {
            LINE: (CLINIC, ResolveTenantResponse.RESOLVED),
            OTHER_LINE: (OTHER_CLINIC, ResolveTenantResponse.RESOLVED),
            SUSPENDED_LINE: (SUSPENDED_CLINIC, ResolveTenantResponse.SUSPENDED),
        }
        self.asked.clear()
        self.fails = None
        self.answers = _set()
        self.rate_limits = {}
        self.verifiers = {}
        self.unreadable = {}
        self.verifiers_asked = 0
        self.uses.clear()
        self.readings.clear()
        self.readings_fail = None

    async def RecordReading(self, request: RecordReadingRequest, context: Servicer) -> RecordReadingResponse:  # noqa: N802
        if failure := self.readings_fail or self.fails:
            raise failure
        self.readings.append(_heard(request, context))
        return RecordReadingResponse()

    async def ResolveTenant(self, request: ResolveTenantRequest, _context: Servicer) -> ResolveTenantResponse:  # noqa: N802
        self.asked.append(request)
        await self.answers.wait()
        if self.fails:
            raise self.fails
        if not request.called_number and request.metadata_org_id == CLINIC:
            return _resolved(CLINIC, ResolveTenantResponse.RESOLVED, Finding.METADATA, CLINIC)
        if request.metadata_org_id == OTHER_CLINIC and request.called_number == LINE:
            return ResolveTenantResponse(outcome=ResolveTenantResponse.CONTRADICTION)
        if request.called_number in self.lines:
            answer = _resolved(*self.lines[request.called_number], Finding.CALLED_NUMBER, request.called_number)
            if limit := self.rate_limits.get(answer.organization_id):
                answer.rate_limit_per_minute = limit
            return answer
        return ResolveTenantResponse(outcome=ResolveTenantResponse.UNKNOWN)

    def change(self, *evidence: str) -> None:
        """Tell everybody who watches."""
        self.version += 1
        self._tell(WatchRoutesResponse(changed=WatchRoutesResponse.Changed(evidence=evidence)))

    def beat(self, gateways: int = 0) -> None:
        self._tell(WatchRoutesResponse(heartbeat=WatchRoutesResponse.Heartbeat(gateways=gateways)))

    def _tell(self, message: WatchRoutesResponse) -> None:
        message.version = self.version
        for queue in self._watching:
            queue.put_nowait(message)

    async def WatchRoutes(  # noqa: N802
        self, _request: WatchRoutesRequest, _context: Servicer
    ) -> AsyncIterator[WatchRoutesResponse]:
        queue: asyncio.Queue[WatchRoutesResponse] = asyncio.Queue()
        self._watching.add(queue)
        try:
            yield WatchRoutesResponse(version=self.version, opened=WatchRoutesResponse.Opened(forget=True))
            while True:
                yield await queue.get()
        finally:
            self._watching.discard(queue)

    async def GetWebhookVerifiers(  # noqa: N802
        self, _request: GetWebhookVerifiersRequest, _context: Servicer
    ) -> GetWebhookVerifiersResponse:
        self.verifiers_asked += 1
        if self.fails:
            raise self.fails
        tenant = str(current_tenant())
        return GetWebhookVerifiersResponse(
            verifiers=self.verifiers.get(tenant, []), unreadable_credential_ids=self.unreadable.get(tenant, [])
        )

    async def RecordWebhookCredentialUses(  # noqa: N802
        self, request: RecordWebhookCredentialUsesRequest, _context: Servicer
    ) -> RecordWebhookCredentialUsesResponse:
        if self.fails:
            raise self.fails
        self.uses.extend(request.uses)
        return RecordWebhookCredentialUsesResponse()

    async def AuthenticateApiKey(  # noqa: N802
        self, request: AuthenticateApiKeyRequest, _context: Servicer
    ) -> AuthenticateApiKeyResponse:
        if self.fails:
            raise self.fails
        if request.api_key != "key of the clinic":
            raise RemoteError(Kind.UNAUTHENTICATED, "API_KEY_UNKNOWN")
        limit = self.rate_limits.get(CLINIC)
        return AuthenticateApiKeyResponse(
            organization_id=CLINIC, key_id="key-1", scope=WRITE, rate_limit_per_minute=limit
        )

    async def GetOrganization(  # noqa: N802
        self, request: GetOrganizationRequest, _context: Servicer
    ) -> GetOrganizationResponse:
        if request.organization_id not in (CLINIC, OTHER_CLINIC, SUSPENDED_CLINIC):
            raise RemoteError(Kind.NOT_FOUND, "ORGANIZATION_NOT_FOUND")
        organization = Organization(id=request.organization_id, timezone="America/New_York")
        return GetOrganizationResponse(organization=organization)


def _resolved(
    organization: str, outcome: ResolveTenantResponse.Outcome.ValueType, source: Finding.Source.ValueType, value: str
) -> ResolveTenantResponse:
    finding = Finding(source=source, organization_id=organization, verdict=Finding.NAMES_ORGANIZATION, value=value)
    return ResolveTenantResponse(organization_id=organization, outcome=outcome, findings=[finding])


@dataclass(frozen=True, slots=True)
class Heard:
    tenant: str
    request: Any
    seconds_left: float


class Quarantine(quarantine_service_pb2_grpc.QuarantineServiceServicer):
    """Keeps what it is given, and hands out what a test wants delivered, a line at a time."""

    def __init__(self) -> None:
        self.kept: list[QuarantineMessageRequest] = []
        self.due: list[list[ClaimQuarantinedMessagesResponse.Claimed]] = []
        self.claims: asyncio.Queue[ClaimQuarantinedMessagesRequest] = asyncio.Queue()
        self.finished: list[tuple[str, str]] = []
        self.fails: Exception | None = None
        self.claim_fails: Exception | None = None

    def reset(self) -> None:
        self.kept.clear()
        self.due.clear()
        self.finished.clear()
        self.fails = None

    async def QuarantineMessage(  # noqa: N802
        self, request: QuarantineMessageRequest, _context: Servicer
    ) -> QuarantineMessageResponse:
        if self.fails:
            raise self.fails
        self.kept.append(request)
        return QuarantineMessageResponse(id=str(len(self.kept)))

    async def ClaimQuarantinedMessages(  # noqa: N802
        self, request: ClaimQuarantinedMessagesRequest, _context: Servicer
    ) -> ClaimQuarantinedMessagesResponse:
        self.claims.put_nowait(request)
        if self.claim_fails:
            raise self.claim_fails
        return ClaimQuarantinedMessagesResponse(claimed=self.due.pop(0) if self.due else [])

    async def FinishQuarantinedMessage(  # noqa: N802
        self, request: FinishQuarantinedMessageRequest, _context: Servicer
    ) -> FinishQuarantinedMessageResponse:
        if self.fails:
            raise self.fails
        self.finished.append((request.id, request.organization_id))
        return FinishQuarantinedMessageResponse()


@dataclass(slots=True)
class Booking(receptionist_service_pb2_grpc.ReceptionistServiceServicer):
    """Notes what it is asked, and answers as a test wants it to."""

    heard: list[Heard] = field(default_factory=list)
    behaviour: Behaviour = _says_so
    answer: Message | Callable[[Any], Message] = field(default_factory=Empty)
    """To staff; or what makes it of the request."""
    caller_name: str = ""
    fails: Exception | None = None
    hangs: bool = False
    """Whoever asks who calls waits."""
    recorded: list[Heard] = field(default_factory=list)
    """Calls."""
    records: asyncio.Event = field(default_factory=_set)
    """Cleared, it keeps whoever has a call recorded waiting."""
    told: asyncio.Queue[Any] = field(default_factory=asyncio.Queue)
    """What was told of calls, recorded or not."""
    events: asyncio.Queue[tuple[str, CallEvent]] = field(default_factory=asyncio.Queue)
    """What happened in calls, and in whose."""
    events_fail: Exception | None = None

    def reset(self) -> None:
        self.heard.clear()
        self.recorded.clear()
        self.records = _set()
        self.told = asyncio.Queue()
        self.events = asyncio.Queue()
        self.events_fail = None
        self.behaviour = _says_so
        self.answer = Empty()
        self.caller_name = ""
        self.fails = None
        self.hangs = False

    async def CheckAvailability(self, request: Any, context: Servicer) -> ToolReply:  # noqa: N802
        return await self._tool(request, context)

    async def BookClinicAppointment(self, request: Any, context: Servicer) -> ToolReply:  # noqa: N802
        return await self._tool(request, context)

    async def record_call(self, request: Any, context: Servicer) -> RecordCallResponse:
        self.told.put_nowait(request)
        await self.records.wait()
        if self.fails:
            raise self.fails
        self.recorded.append(_heard(request, context))
        return RecordCallResponse()

    async def record_events(self, request: Any, _context: Servicer) -> RecordCallEventsResponse:
        if self.events_fail:
            raise self.events_fail
        for event in request.events:
            self.events.put_nowait((str(tenant_in_scope()), event))
        return RecordCallEventsResponse()

    async def name_caller(self, request: Any, context: Servicer) -> GetCallerNameResponse:
        self._note(request, context)
        if self.hangs:
            await asyncio.Event().wait()
        if self.fails:
            raise self.fails
        return GetCallerNameResponse(name=self.caller_name)

    async def answer_staff(self, request: Any, context: Servicer) -> Any:
        self._note(request, context)
        if self.fails:
            raise self.fails
        return self.answer(request) if callable(self.answer) else self.answer

    async def _tool(self, request: Any, context: Servicer) -> ToolReply:
        self._note(request, context)
        return await self.behaviour(request)

    def _note(self, request: Any, context: Servicer) -> None:
        self.heard.append(_heard(request, context))


def _heard(request: Any, context: Servicer) -> Heard:
    return Heard(str(tenant_in_scope()), request, context.time_remaining() or 0.0)


@dataclass(frozen=True, slots=True)
class Staff:
    """Every RPC by which staff work, under whatever name; and those by which calls are recorded and callers named."""

    booking: Booking

    async def RecordCall(self, request: Any, context: Servicer) -> RecordCallResponse:  # noqa: N802
        return await self.booking.record_call(request, context)

    async def RecordCallEvents(self, request: Any, context: Servicer) -> RecordCallEventsResponse:  # noqa: N802
        return await self.booking.record_events(request, context)

    async def GetCallerName(self, request: Any, context: Servicer) -> GetCallerNameResponse:  # noqa: N802
        return await self.booking.name_caller(request, context)

    def __getattr__(self, name: str) -> Callable[[Any, Servicer], Awaitable[Any]]:
        return self.booking.answer_staff


@dataclass(frozen=True, slots=True)
class TenancyRoom:
    """Tenancy without a gateway in front of it."""

    client: RpcClient
    tenancy: Tenancy
    quarantine: Quarantine


@dataclass(frozen=True, slots=True)
class Room:
    """A running gateway and what is around it."""

    http: httpx.AsyncClient
    tenancy: Tenancy
    quarantine: Quarantine
    booking: Booking
    assistant_sync: AssistantSync
    lifecycle: Lifecycle
    memories: Memories

    async def post(self, body: Any, *, path: str = "/api/vapi/webhook", **headers: str) -> httpx.Response:
        """Post a message as Vapi does, with the secret; a header given as "" is left out."""
        sent = {"x-vapi-secret": SECRET, "content-type": "application/json"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self.http.post(
            path, content=content, headers={name: value for name, value in sent.items() if value}
        )

    async def until_watched(self, *, gateways: int) -> None:
        """Until it was heard of how many gateways there are: nothing calls for that, so it is looked for."""
        async with asyncio.timeout(PATIENCE):
            while self.memories.watch.gateways != gateways:
                self.tenancy.beat(gateways)
                await asyncio.sleep(0.01)

    async def results(self, body: Any, *, path: str = "/api/vapi/webhook") -> list[dict[str, Any]]:
        """Post tool calls and take their results out of the 200."""
        response = await self.post(body, path=path)
        assert response.status_code == 200, response.text
        entries: list[dict[str, Any]] = response.json()["results"]
        return entries


@pytest.fixture(scope="session")
def settings() -> GatewaySettings:
    return gateway_settings("127.0.0.1:1")


@asynccontextmanager
async def running_gateway(settings: GatewaySettings) -> AsyncIterator[Room]:
    tenancy = Tenancy()  # type: ignore[abstract]  # plays what the gateway asks, no more
    quarantine, booking = Quarantine(), Booking()  # type: ignore[abstract]  # likewise
    assistant_sync = AssistantSync()
    add_tenancy = partial(_add_tenancy, tenancy=tenancy, quarantine=quarantine)
    add_booking = partial(_add_booking, booking=booking)
    async with (
        served(add_tenancy, domain="tenancy.switchboard", caller="gateway") as tenancy_client,
        served(add_booking, domain="booking.switchboard", caller="gateway") as booking_client,
        served(assistant_sync.add_to, domain="assistants.switchboard", caller="gateway") as assistants_client,
    ):
        lifecycle = Lifecycle()
        memories = Memories.of(tenancy_client, system_clock)
        backends = Backends(tenancy_client, booking_client, assistants_client)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(admission, "UNPROVEN_SECONDS", PATIENCE)  # it is read only here
            app = build(settings, backends, lifecycle, Intake(), memories)
        async with over_http(app) as http:
            yield Room(http, tenancy, quarantine, booking, assistant_sync, lifecycle, memories)


@pytest.fixture(scope="session", autouse=True)
def _tenancy_may_be_silent() -> Iterator[None]:
    """Ours sends no heartbeats by itself: else all that is remembered would be forgotten in the midst of a test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(watch, "_SILENCE", 3600.0)
        yield


@pytest.fixture(scope="module", autouse=True)
def _the_machine_may_be_busy() -> Iterator[None]:
    """What is asked for here comes, if late, on a busy machine: who wants it to be given up shortens the time."""
    with pytest.MonkeyPatch.context() as patch:
        for waits, name in (
            (vapi, "SECONDS"),
            (credential_uses, "_SECONDS"),
            (inbound_assistants, "ASK_SECONDS"),
            (departments, "ASK_SECONDS"),
            (callers, "SECONDS"),
            (live_calls, "MOST_SECONDS"),
            (quarantine, "_SECONDS"),
            (recording, "_SECONDS"),
            (recording, "DRAIN_SECONDS"),
            (flight_recorder, "_SECONDS"),
            (flight_recorder, "DRAIN_SECONDS"),
        ):
            patch.setattr(waits, name, 20.0)
        yield


@pytest.fixture(scope="session")
async def running(settings: GatewaySettings) -> AsyncIterator[Room]:
    async with running_gateway(settings) as room:
        yield room


@pytest.fixture
def another_gateway(settings: GatewaySettings) -> Callable[..., AbstractAsyncContextManager[Room]]:
    """Starts a gateway of the test's own, for what happens when one starts or stops."""
    return lambda **changed: running_gateway(settings.model_copy(update=changed))


@pytest.fixture
def room(running: Room) -> Room:
    """The running gateway, with nothing left of the test before."""
    running.tenancy.reset()
    running.quarantine.reset()
    running.booking.reset()
    running.assistant_sync.reset()
    running.memories.changes.forget(running.tenancy.version)
    return running


@pytest.fixture
async def tenancy_room() -> AsyncIterator[TenancyRoom]:
    tenancy, quarantine = Tenancy(), Quarantine()  # type: ignore[abstract]  # play what the gateway asks, no more
    add_tenancy = partial(_add_tenancy, tenancy=tenancy, quarantine=quarantine)
    async with served(add_tenancy, domain="tenancy.switchboard", caller="gateway") as client:
        yield TenancyRoom(client, tenancy, quarantine)


@pytest.fixture
async def alone(settings: GatewaySettings) -> AsyncIterator[httpx.AsyncClient]:
    """A gateway none of whose services is there."""
    backends = Backends.open(settings)
    async with over_http(build(settings, backends, Lifecycle())) as http:
        yield http
    await backends.close()


@pytest.fixture
async def booking_is_dead(settings: GatewaySettings) -> AsyncIterator[httpx.AsyncClient]:
    """A gateway whose tenancy answers, and where booking should be nothing listens."""
    async with served(
        lambda server: _add_tenancy(server, Tenancy(), Quarantine()), domain="tenancy.switchboard", caller="gateway"
    ) as tenancy:  # type: ignore[abstract]  # plays what the gateway asks, no more
        absent = RpcClient("127.0.0.1:1")
        async with over_http(build(settings, Backends(tenancy, absent, absent), Lifecycle())) as http:
            yield http
        await absent.close()


@pytest.fixture(scope="session")
def vapi_bodies() -> dict[str, bytes]:
    """The project's own server messages by name."""
    folder = Path(__file__).parents[3] / "tests" / "fixtures" / "vapi"
    return {path.stem: path.read_bytes() for path in sorted(folder.glob("*.json"))}


def gateway_settings(address: str) -> GatewaySettings:
    return GatewaySettings(
        tenancy_addr=address,
        booking_addr=address,
        assistant_sync_addr=address,
        vapi_webhook_secret=SECRET,
        switchboard_admin_key=ADMIN_KEY,
        rate_limit_per_minute=UNLIMITED,
        most_lag_seconds=1000.0,  # however late a busy machine is, nothing is left undone for it
        vapi_control_hosts=".vapi.ai,127.0.0.1",
        vapi_recording_hosts=".vapi.ai,127.0.0.1",
        _env_file=None,
    )


@asynccontextmanager
async def over_http(app: Any, bounds: Bounds | None = None) -> AsyncIterator[httpx.AsyncClient]:
    listener = listen("127.0.0.1:0")
    server = uvicorn.Server(http_server(app, bounds))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:  # uvicorn has no event for it
        await asyncio.sleep(0.01)
    url = "http://127.0.0.1:{1}".format(*listener.getsockname())
    try:
        # Every answer to a test is one that the document tells of.
        hooks = {"response": [(await Contract.of(url)).require]}
        async with httpx.AsyncClient(base_url=url, timeout=PATIENCE, event_hooks=hooks) as http:
            yield http
    finally:
        server.should_exit = True
        await serving


def _add_tenancy(server: RpcServer, tenancy: Tenancy, quarantine: Quarantine) -> None:
    server.add(
        "switchboard.tenancy.v1.TenancyService", tenancy, tenancy_service_pb2_grpc.add_TenancyServiceServicer_to_server
    )
    server.add(
        "switchboard.tenancy.v1.ApiKeyService", tenancy, api_key_service_pb2_grpc.add_ApiKeyServiceServicer_to_server
    )
    server.add(
        "switchboard.tenancy.v1.WebhookCredentialService",
        tenancy,
        webhook_credential_service_pb2_grpc.add_WebhookCredentialServiceServicer_to_server,
    )
    server.add(
        "switchboard.tenancy.v1.OrganizationService",
        tenancy,
        organization_service_pb2_grpc.add_OrganizationServiceServicer_to_server,
    )
    server.add(
        "switchboard.tenancy.v1.AuditService", tenancy, audit_service_pb2_grpc.add_AuditServiceServicer_to_server
    )
    server.add(
        "switchboard.tenancy.v1.QuarantineService",
        quarantine,
        quarantine_service_pb2_grpc.add_QuarantineServiceServicer_to_server,
    )


def _add_booking(server: RpcServer, booking: Booking) -> None:
    server.add(
        "switchboard.booking.v1.ReceptionistService",
        booking,
        receptionist_service_pb2_grpc.add_ReceptionistServiceServicer_to_server,
    )
    staff: Any = Staff(booking)
    for service, add in {
        "AnalyticsService": analytics_service_pb2_grpc.add_AnalyticsServiceServicer_to_server,
        "AppointmentService": appointment_service_pb2_grpc.add_AppointmentServiceServicer_to_server,
        "CalendarService": calendar_service_pb2_grpc.add_CalendarServiceServicer_to_server,
        "FeedService": feed_service_pb2_grpc.add_FeedServiceServicer_to_server,
        "BusySourceService": busy_source_service_pb2_grpc.add_BusySourceServiceServicer_to_server,
        "CaldavService": caldav_service_pb2_grpc.add_CaldavServiceServicer_to_server,
        "CallService": call_service_pb2_grpc.add_CallServiceServicer_to_server,
        "CallEventService": call_event_service_pb2_grpc.add_CallEventServiceServicer_to_server,
        "ContactService": contact_service_pb2_grpc.add_ContactServiceServicer_to_server,
    }.items():
        server.add(f"switchboard.booking.v1.{service}", staff, add)
