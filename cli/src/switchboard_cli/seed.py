"""The demo organizations: two clinics in different time zones, set up through gRPC as anybody would.

Every step can be repeated: ids are chosen here, and what exists is left as it is. So a second start on the same home
finds its clinics, calendars and keys again.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid5

import httpx

from chassis.deadline import deadline_scope
from chassis.errors import Kind, RemoteError
from chassis.tenant import TenantId, tenant_scope
from switchboard.assistants.v1.agent_service_pb2 import INBOUND, Agent, GetAgentRequest, SaveAgentRequest
from switchboard.assistants.v1.agent_service_pb2_grpc import AgentServiceStub
from switchboard.assistants.v1.department_service_pb2 import CreateDepartmentRequest, Department
from switchboard.assistants.v1.department_service_pb2_grpc import DepartmentServiceStub
from switchboard.assistants.v1.tool_service_pb2 import PublishToolsRequest
from switchboard.assistants.v1.tool_service_pb2_grpc import ToolServiceStub
from switchboard.booking.v1.calendar_service_pb2 import (
    CreateCalendarRequest,
    CreateServiceRequest,
    OpeningInterval,
    Service,
)
from switchboard.booking.v1.calendar_service_pb2_grpc import CalendarServiceStub
from switchboard.tenancy.v1.api_key_service_pb2 import AuthenticateApiKeyRequest, CreateApiKeyRequest
from switchboard.tenancy.v1.api_key_service_pb2_grpc import ApiKeyServiceStub
from switchboard.tenancy.v1.organization_service_pb2 import CreateOrganizationRequest
from switchboard.tenancy.v1.organization_service_pb2_grpc import OrganizationServiceStub
from switchboard.tenancy.v1.phone_number_service_pb2 import ListPhoneNumbersRequest, MapPhoneNumberRequest
from switchboard.tenancy.v1.phone_number_service_pb2_grpc import PhoneNumberServiceStub
from switchboard_cli.stack.backends import Backends
from switchboard_cli.stack.errors import StackError
from switchboard_cli.stack.home import Home
from switchboard_cli.stack.private_file import write_private
from switchboard_cli.stack.stack_file import SeededOrganization, StackFile

_OURS = UUID("6f0d7c52-9a3e-5b0e-8a44-0d3a3c2f5e11")
_SECONDS = 30.0
_PUBLISHING = 10.0
_PAUSE = 0.2
_WORKDAYS = range(1, 6)
_SYNONYMS = {"Front desk": ("reception",), "Billing": ("accounts", "invoices")}


@dataclass(frozen=True, slots=True)
class Clinic:
    name: str
    timezone: str
    phone_number: str
    calendars: tuple[str, ...]
    services: tuple[str, ...]
    """The first is the default."""
    departments: Mapping[str, str]
    """Numbers by names. The first is the default."""

    @property
    def id(self) -> TenantId:
        return TenantId(uuid5(_OURS, self.name))

    def part(self, name: str) -> str:
        return str(uuid5(self.id, name))


CLINICS = (
    Clinic(
        name="Lakeside Dental",
        timezone="America/New_York",
        phone_number="+12125550100",
        calendars=("Dr. Lake",),
        services=("Check-up", "Cleaning", "Consultation", "Follow-up"),
        departments={"Front desk": "+12125550131", "Billing": "+12125550132"},
    ),
    Clinic(
        name="Harbor Physiotherapy",
        timezone="America/Los_Angeles",
        phone_number="+14155550100",
        calendars=("Room 1", "Room 2"),
        services=("Treatment", "Consultation", "Follow-up"),
        departments={"Front desk": "+14155550131", "Billing": "+14155550132"},
    ),
)


class SeedFailed(StackError):
    def __init__(self, clinic: Clinic, reason: str) -> None:
        super().__init__(f"{clinic.name} could not be set up ({reason}). The services' logs say more.")


async def seed(stack: StackFile, home: Home) -> list[SeededOrganization]:
    """Set the demo clinics up. The home keeps their API keys, which tenancy tells only once."""
    keys = _kept(home.demo_keys)
    async with Backends.of(stack, home.operator_token) as backends:
        with deadline_scope(_SECONDS):
            await asyncio.gather(_publish_tools(backends), _buy_numbers(stack))
            seeded = await asyncio.gather(*(_seed(backends, clinic, keys.get(str(clinic.id))) for clinic in CLINICS))
    write_private(home.demo_keys, json.dumps({one.id: one.api_key for one in seeded}, indent=2))
    return list(seeded)


async def _publish_tools(backends: Backends) -> None:
    """Before there is an assistant, so that it is created with them. If Vapi is away they follow by themselves."""
    try:
        await backends.assistant_sync.stub(ToolServiceStub).PublishTools(PublishToolsRequest(), timeout=_PUBLISHING)
    except RemoteError as error:
        if error.kind not in (Kind.UNAVAILABLE, Kind.DEADLINE):
            raise


async def _buy_numbers(stack: StackFile) -> None:
    """Have the clinics' numbers in the account, if it is the simulator's: Vapi's own are bought there, by people."""
    async with httpx.AsyncClient(base_url=stack.vapi.base_url) as vapi:
        if not await _is_simulated(vapi):
            return
        vapi.headers["Authorization"] = f"Bearer {stack.vapi.api_key}"
        bought = {one.get("number") for one in (await vapi.get("/phone-number", params={"limit": 1000})).json()}
        for number in {clinic.phone_number for clinic in CLINICS} - bought:
            line = {"provider": "twilio", "number": number, "twilioAccountSid": "AC-of-nobody"}
            (await vapi.post("/phone-number", json=line)).raise_for_status()


async def _is_simulated(vapi: httpx.AsyncClient) -> bool:
    """The account's key is not shown, nor is anybody waited for, for the question."""
    try:
        return (await vapi.get("/_simulator/health")).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def _kept(keys_file: Path) -> dict[str, str]:
    """API keys by organization id."""
    kept: dict[str, str] = json.loads(keys_file.read_text()) if keys_file.exists() else {}
    return kept


async def _seed(backends: Backends, clinic: Clinic, known_key: str | None) -> SeededOrganization:
    try:
        await backends.tenancy.stub(OrganizationServiceStub).CreateOrganization(
            CreateOrganizationRequest(organization_id=str(clinic.id), name=clinic.name, timezone=clinic.timezone)
        )
        with tenant_scope(clinic.id):
            api_key, _, _ = await asyncio.gather(
                _seed_tenancy(backends, clinic, known_key),
                _seed_booking(backends, clinic),
                _seed_departments(backends, clinic),
            )
            # Saving it points the clinic's numbers at its assistant: those that it has by then.
            assistant_id = await _seed_agent(backends, clinic)
    except RemoteError as error:
        raise SeedFailed(clinic, error.reason) from error
    return SeededOrganization(
        id=str(clinic.id),
        name=clinic.name,
        timezone=clinic.timezone,
        phone_number=clinic.phone_number,
        api_key=api_key,
        assistant_id=assistant_id,
    )


async def _seed_tenancy(backends: Backends, clinic: Clinic, known_key: str | None) -> str:
    numbers = backends.tenancy.stub(PhoneNumberServiceStub)
    mapped = (await numbers.ListPhoneNumbers(ListPhoneNumbersRequest())).phone_numbers
    if clinic.phone_number not in {one.number for one in mapped}:
        await numbers.MapPhoneNumber(MapPhoneNumberRequest(number=clinic.phone_number, clinic_name=clinic.name))
    if known_key is not None and await _is_accepted(backends, known_key):
        return known_key
    created = await backends.tenancy.stub(ApiKeyServiceStub).CreateApiKey(CreateApiKeyRequest(name="demo"))
    return created.api_key


async def _is_accepted(backends: Backends, api_key: str) -> bool:
    try:
        await backends.tenancy.stub(ApiKeyServiceStub).AuthenticateApiKey(AuthenticateApiKeyRequest(api_key=api_key))
    except RemoteError as error:
        if error.kind is Kind.UNAUTHENTICATED:
            return False
        raise
    return True


async def _seed_booking(backends: Backends, clinic: Clinic) -> None:
    stub = backends.booking.stub(CalendarServiceStub)
    week = [OpeningInterval(weekday=day, opens="08:00", closes="18:00") for day in _WORKDAYS]
    for name in clinic.calendars:
        await stub.CreateCalendar(
            CreateCalendarRequest(
                calendar_id=clinic.part(name), name=name, timezone=clinic.timezone, opening_hours=week
            )
        )
    for name in clinic.services:
        await stub.CreateService(
            CreateServiceRequest(
                service=Service(
                    id=clinic.part(name),
                    name=name,
                    duration_minutes=30,
                    step_minutes=15,
                    horizon_days=180,
                    default_service=name == clinic.services[0],
                )
            )
        )


async def _seed_departments(backends: Backends, clinic: Clinic) -> None:
    stub = backends.assistant_sync.stub(DepartmentServiceStub)
    for name, number in clinic.departments.items():
        department = Department(
            id=clinic.part(f"department {name}"),
            name=name,
            number=number,
            synonyms=_SYNONYMS[name],
            default_department=name == next(iter(clinic.departments)),
        )
        await stub.CreateDepartment(CreateDepartmentRequest(department=department))


async def _seed_agent(backends: Backends, clinic: Clinic) -> str:
    """Have an inbound agent and wait until its assistant exists in Vapi, pointed at this stack."""
    stub = backends.assistant_sync.stub(AgentServiceStub)
    # A save that names no field leaves what its user edited, and still finishes what is pending and points the
    # assistant at where this stack is now.
    as_it_is = SaveAgentRequest(type=INBOUND)
    agent = (await stub.SaveAgent(as_it_is if await _has_agent(backends) else _first_agent(clinic))).agent
    for _ in range(round(_SECONDS / _PAUSE)):
        if agent.sync_state == Agent.SYNCED:
            return agent.vapi_assistant_id
        await asyncio.sleep(_PAUSE)
        agent = (await stub.SaveAgent(as_it_is)).agent
    raise SeedFailed(clinic, Agent.PendingReason.Name(agent.pending_reason))


async def _has_agent(backends: Backends) -> bool:
    try:
        await backends.assistant_sync.stub(AgentServiceStub).GetAgent(GetAgentRequest(type=INBOUND))
    except RemoteError as error:
        if error.kind is Kind.NOT_FOUND:
            return False
        raise
    return True


def _first_agent(clinic: Clinic) -> SaveAgentRequest:
    request = SaveAgentRequest(
        type=INBOUND,
        name=f"{clinic.name} receptionist",
        first_message=f"{clinic.name}, how can I help you?",
        prompt=_prompt(clinic),
    )
    request.voice.update({"provider": "vapi", "voiceId": "Elliot"})
    request.model.update({"provider": "openai", "model": "gpt-4.1"})
    return request


def _prompt(clinic: Clinic) -> str:
    return (
        f"You answer the telephone of {clinic.name}. Help callers to find and book an appointment. "
        "Offer only times that checkAvailability answers, and say that something is booked only when "
        "bookClinicAppointment says so. Ask for the patient's full name before booking."
    )
