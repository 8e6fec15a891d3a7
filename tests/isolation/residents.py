"""Organizations that have something of everything, made as anybody would make it: over gRPC."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from google.protobuf.timestamp_pb2 import Timestamp

from assistant_sync.domain.reconciling.work import Work, WorkKind
from assistant_sync.store.hidden_headers import HiddenHeaderStore
from chassis.database.engine import Database
from chassis.tenant import TenantId, establish, tenant_scope
from switchboard.assistants.v1 import agent_service_pb2 as agents
from switchboard.assistants.v1.agent_service_pb2_grpc import AgentServiceStub
from switchboard.assistants.v1.department_service_pb2 import CreateDepartmentRequest, Department
from switchboard.assistants.v1.department_service_pb2_grpc import DepartmentServiceStub
from switchboard.assistants.v1.live_call_service_pb2 import TransferCallRequest
from switchboard.assistants.v1.live_call_service_pb2_grpc import LiveCallServiceStub
from switchboard.assistants.v1.rollout_service_pb2 import StartRolloutRequest
from switchboard.assistants.v1.rollout_service_pb2_grpc import RolloutServiceStub
from switchboard.booking.v1 import calendar_service_pb2 as calendars
from switchboard.booking.v1.appointment_service_pb2 import GetAppointmentRequest
from switchboard.booking.v1.appointment_service_pb2_grpc import AppointmentServiceStub
from switchboard.booking.v1.busy_source_service_pb2 import AddBusySourceRequest
from switchboard.booking.v1.busy_source_service_pb2_grpc import BusySourceServiceStub
from switchboard.booking.v1.caldav_service_pb2 import ConnectCalendarRequest
from switchboard.booking.v1.caldav_service_pb2_grpc import CaldavServiceStub
from switchboard.booking.v1.calendar_service_pb2_grpc import CalendarServiceStub
from switchboard.booking.v1.call_event_service_pb2 import CallEvent, RecordCallEventsRequest, ToolCallEvent
from switchboard.booking.v1.call_event_service_pb2_grpc import CallEventServiceStub
from switchboard.booking.v1.call_service_pb2 import RecordCallRequest
from switchboard.booking.v1.call_service_pb2_grpc import CallServiceStub
from switchboard.booking.v1.contact_service_pb2 import CreateContactRequest, EraseContactRequest
from switchboard.booking.v1.contact_service_pb2_grpc import ContactServiceStub
from switchboard.booking.v1.feed_service_pb2 import CreateFeedRequest
from switchboard.booking.v1.feed_service_pb2_grpc import FeedServiceStub
from switchboard.booking.v1.receptionist_service_pb2 import BookClinicAppointmentRequest, TellAppointmentsRequest
from switchboard.booking.v1.receptionist_service_pb2_grpc import ReceptionistServiceStub
from switchboard.tenancy.v1 import api_key_service_pb2 as keys
from switchboard.tenancy.v1 import organization_service_pb2 as organizations
from switchboard.tenancy.v1 import phone_number_service_pb2 as numbers
from switchboard.tenancy.v1 import quarantine_service_pb2 as quarantine
from switchboard.tenancy.v1 import tenancy_service_pb2 as evidence
from switchboard.tenancy.v1 import webhook_credential_service_pb2 as credentials
from switchboard.tenancy.v1.api_key_service_pb2_grpc import ApiKeyServiceStub
from switchboard.tenancy.v1.organization_service_pb2_grpc import OrganizationServiceStub
from switchboard.tenancy.v1.phone_number_service_pb2_grpc import PhoneNumberServiceStub
from switchboard.tenancy.v1.quarantine_service_pb2_grpc import QuarantineServiceStub
from switchboard.tenancy.v1.tenancy_service_pb2_grpc import TenancyServiceStub
from switchboard.tenancy.v1.webhook_credential_service_pb2_grpc import WebhookCredentialServiceStub
from switchboard.tools.v1.tools_pb2 import CallContext
from tests.isolation.house import ASSISTANTS, BOOKING, LOCKED_OUT, TENANCY, House

SECONDS = 20.0
_DAYS_AHEAD = 30


@dataclass(frozen=True, slots=True)
class Resident:
    """An organization, and everything of it that a request of somebody else could name."""

    tenant: TenantId
    name: str
    number: str
    vapi_phone_number_id: str
    phone_number_id: str
    assistant_id: str
    api_key_id: str
    api_key: str
    credential_id: str
    credential_secret: str
    calendar_id: str
    spare_calendar_id: str
    service_id: str
    booking: BookClinicAppointmentRequest
    appointment_id: str
    contact_id: str
    call_id: str
    call_ended_reason: str
    feed_id: str
    feed_secret: str
    busy_source_id: str
    connection_id: str
    agent_name: str
    agent_assistant_id: str
    department_id: str
    department_name: str

    @property
    def free_from(self) -> datetime:
        """A time at which the calendar is open, and nothing is booked."""
        day = date.fromisoformat(self.booking.appointment_date)
        return datetime.combine(day, time(14), tzinfo=ZoneInfo("America/Chicago"))

    @property
    def secrets(self) -> set[str]:
        """What must not be seen by others, unless they said it themselves."""
        context = self.booking.context
        others = {self.booking.patient_name, self.booking.patient_email, context.tool_call_id, context.vapi_call_id}
        plain = {value for name in self.__slots__ if isinstance(value := getattr(self, name), str)}
        return {str(self.tenant)} | plain | others


async def move_in(house: House) -> Resident:
    mark = uuid4().hex[:12]
    name = f"Clinic {mark}"
    tenancy, booking = house.client(TENANCY), house.client(BOOKING)
    made = await tenancy.stub(OrganizationServiceStub).CreateOrganization(
        organizations.CreateOrganizationRequest(name=name, timezone="America/Chicago"), timeout=SECONDS
    )
    tenant = establish(made.organization.id)
    with tenant_scope(tenant):
        vapi_phone_number_id, assistant_id = str(uuid4()), str(uuid4())
        phone_number = (
            await tenancy.stub(PhoneNumberServiceStub).MapPhoneNumber(
                numbers.MapPhoneNumberRequest(
                    number=f"+1415{uuid4().int % 10**7:07d}",
                    clinic_name=f"Line {mark}",
                    vapi_phone_number_id=vapi_phone_number_id,
                ),
                timeout=SECONDS,
            )
        ).phone_number
        await (
            house.client(TENANCY, "assistant-sync")
            .stub(TenancyServiceStub)
            .RegisterAssistant(evidence.RegisterAssistantRequest(vapi_assistant_id=assistant_id), timeout=SECONDS)
        )
        key = await tenancy.stub(ApiKeyServiceStub).CreateApiKey(
            keys.CreateApiKeyRequest(name=f"Key {mark}"), timeout=SECONDS
        )
        credential = await tenancy.stub(WebhookCredentialServiceStub).CreateWebhookCredential(
            credentials.CreateWebhookCredentialRequest(
                name=f"Credential {mark}", plan=credentials.WebhookPlan(secret=credentials.SecretPlan())
            ),
            timeout=SECONDS,
        )
        calendar = await booking.stub(CalendarServiceStub).CreateCalendar(
            calendars.CreateCalendarRequest(
                name=f"Room {mark}",
                timezone="America/Chicago",
                opening_hours=[
                    calendars.OpeningInterval(weekday=day, opens="08:00", closes="18:00") for day in range(1, 8)
                ],
                closures=[calendars.Closure(first_day="2024-12-24", last_day="2024-12-26", reason=f"Leave {mark}")],
                extra_openings=[calendars.ExtraOpening(day="2024-12-28", opens="09:00", closes="12:00")],
            ),
            timeout=SECONDS,
        )
        spare = await booking.stub(CalendarServiceStub).CreateCalendar(
            calendars.CreateCalendarRequest(name=f"Spare {mark}", timezone="America/Chicago"), timeout=SECONDS
        )
        service = await booking.stub(CalendarServiceStub).CreateService(
            calendars.CreateServiceRequest(
                service=calendars.Service(
                    name=f"Check-up {mark}",
                    duration_minutes=30,
                    step_minutes=15,
                    horizon_days=180,
                    default_service=True,
                    synonyms=[f"Cleaning {mark}"],
                    calendar_ids=[calendar.calendar.id],
                )
            ),
            timeout=SECONDS,
        )
        wish = _wish(mark)
        booked = await booking.stub(ReceptionistServiceStub).BookClinicAppointment(wish, timeout=SECONDS)
        appointment_id = str(booked.data["appointmentId"])
        appointment = await booking.stub(AppointmentServiceStub).GetAppointment(
            GetAppointmentRequest(id=appointment_id), timeout=SECONDS
        )
        call = await booking.stub(CallServiceStub).RecordCall(
            RecordCallRequest(
                vapi_call_id=wish.context.vapi_call_id, summary=f"Summary {mark}", ended_reason=f"reason-{mark}"
            ),
            timeout=SECONDS,
        )
        at = Timestamp()
        at.GetCurrentTime()
        used = ToolCallEvent(
            tool="bookClinicAppointment",
            tool_call_id=wish.context.tool_call_id,
            ended="said",
            data=f'{{"appointmentId": "{appointment_id}"}}',
        )
        event = CallEvent(id=str(uuid4()), vapi_call_id=wish.context.vapi_call_id, at=at, tool_call=used)
        await booking.stub(CallEventServiceStub).RecordCallEvents(
            RecordCallEventsRequest(events=[event]), timeout=SECONDS
        )
        feed = await booking.stub(FeedServiceStub).CreateFeed(
            CreateFeedRequest(calendar_id=calendar.calendar.id, with_names=True), timeout=SECONDS
        )
        source = await booking.stub(BusySourceServiceStub).AddBusySource(
            AddBusySourceRequest(
                calendar_id=calendar.calendar.id,
                name=f"Outside {mark}",
                url=f"https://calendars.example/{mark}/{wish.appointment_date}T{wish.appointment_time}",
            ),
            timeout=SECONDS,
        )
        connected = ConnectCalendarRequest(
            calendar_id=calendar.calendar.id,
            url=f"https://calendars.example/{mark}/",
            username=f"user-{mark}",
            password=f"password-{mark}",
        )
        connection = await booking.stub(CaldavServiceStub).ConnectCalendar(connected, timeout=SECONDS)
        # What is to be pushed there waits for ever.
        connected.url, connected.username = f"{connected.url}closed/", LOCKED_OUT
        await booking.stub(CaldavServiceStub).ConnectCalendar(connected, timeout=SECONDS)
        line = {"id": vapi_phone_number_id, "provider": "twilio", "number": phone_number.number}
        house.vapi.create("phone-number", line)
        house.vapi.put("call", _call_in_vapi(wish.context.vapi_call_id, vapi_phone_number_id))
        await house.agents.queue.want(Work(WorkKind.CALLS))
        agent = (
            await house.client(ASSISTANTS)
            .stub(AgentServiceStub)
            .SaveAgent(
                agents.SaveAgentRequest(type=agents.INBOUND, name=f"Agent {mark}", prompt=f"Prompt {mark}"),
                timeout=SECONDS,
            )
        )
        department = await _department(house, mark)
    await house.refresh.read_all_due()
    await house.keeper.work_all_due()
    await house.agents.reconciler.until_idle()
    return Resident(
        tenant=tenant,
        name=name,
        number=phone_number.number,
        vapi_phone_number_id=vapi_phone_number_id,
        phone_number_id=phone_number.id,
        assistant_id=assistant_id,
        api_key_id=key.id,
        api_key=key.api_key,
        credential_id=credential.credential.id,
        credential_secret=credential.secret,
        calendar_id=calendar.calendar.id,
        spare_calendar_id=spare.calendar.id,
        service_id=service.service.id,
        booking=wish,
        appointment_id=appointment_id,
        contact_id=appointment.appointment.contact_id,
        call_id=call.call.id,
        call_ended_reason=call.call.ended_reason,
        feed_id=feed.feed.id,
        feed_secret=feed.secret,
        busy_source_id=source.source.id,
        connection_id=connection.connection.id,
        agent_name=agent.agent.name,
        agent_assistant_id=agent.agent.vapi_assistant_id,
        department_id=department.id,
        department_name=department.name,
    )


async def _department(house: House, mark: str) -> Department:
    """Somebody was put through to it."""
    client = house.client(ASSISTANTS)
    wanted = Department(name=f"Department {mark}", number="+14155550177", synonyms=[f"Desk {mark}"])
    made = await client.stub(DepartmentServiceStub).CreateDepartment(
        CreateDepartmentRequest(department=wanted), timeout=SECONDS
    )
    context = CallContext(vapi_call_id=f"call-{mark}", tool_call_id=f"transfer-{mark}")
    await client.stub(LiveCallServiceStub).TransferCall(
        TransferCallRequest(context=context, department=wanted.name, summary=f"Wish {mark}"), timeout=SECONDS
    )
    return made.department


def _call_in_vapi(vapi_call_id: str, phone_number_id: str) -> dict[str, Any]:
    """One that has ended, whose report is not here."""
    ended_at = (datetime.now(UTC) - timedelta(hours=2)).isoformat()
    return {
        "id": vapi_call_id,
        "createdAt": ended_at,
        "endedAt": ended_at,
        "status": "ended",
        "phoneNumberId": phone_number_id,
        "artifact": {"transcript": "AI: Good day."},
    }


def _wish(mark: str) -> BookClinicAppointmentRequest:
    return BookClinicAppointmentRequest(
        context=CallContext(
            vapi_call_id=f"call-{mark}",
            tool_call_id=f"tool-call-{mark}",
            caller_number="+14155550123",
        ),
        appointment_date=(datetime.now(UTC) + timedelta(days=_DAYS_AHEAD)).date().isoformat(),
        appointment_time="10:00",
        patient_name=f"Patient {mark}",
        patient_email=f"{mark}@example.com",
    )


async def furnish(house: House, resident: Resident) -> None:
    """What no organization makes for itself, so that no table is without a row."""
    tenancy = house.client(TENANCY)
    now = Timestamp()
    now.GetCurrentTime()
    await tenancy.stub(WebhookCredentialServiceStub).RecordWebhookCredentialUses(
        credentials.RecordWebhookCredentialUsesRequest(
            uses=[
                credentials.RecordWebhookCredentialUsesRequest.Use(
                    organization_id=str(resident.tenant),
                    credential_id=resident.credential_id,
                    count=1,
                    last_used_at=now,
                )
            ]
        ),
        timeout=SECONDS,
    )
    await tenancy.stub(ApiKeyServiceStub).CreatePlatformApiKey(
        keys.CreatePlatformApiKeyRequest(name="administrator"), timeout=SECONDS
    )
    await tenancy.stub(QuarantineServiceStub).QuarantineMessage(
        quarantine.QuarantineMessageRequest(
            body=b"{}",
            message_type="end-of-call-report",
            outcome=evidence.ResolveTenantResponse.UNKNOWN,
            evidence=evidence.ResolveTenantRequest(called_number="+14155550199"),
            call_id="call-of-nobody",
            recordable=True,
            received_at=now,
        ),
        timeout=SECONDS,
    )
    await _forget_somebody(house, resident.tenant)
    await _guess_a_name(house, resident.tenant)
    await _move_in_vapi(house)


async def _move_in_vapi(house: House) -> None:
    """Tools that are published, a roll-out of them, the id of one that was replaced, headers of it that Vapi hid."""
    await house.agents.publish_tools()
    rollouts = house.client(ASSISTANTS).stub(RolloutServiceStub)
    await rollouts.StartRollout(StartRolloutRequest(backend_url="https://moved.example"), timeout=SECONDS)
    await house.agents.reconciler.until_idle()
    await house.agents.publish_tools.tools.note_former({"tool-of-before": "endCall"}, datetime.now(UTC))
    database = Database(house.databases["assistant_sync"].app_url, pool_size=1)
    await HiddenHeaderStore(database).keep("tool-of-before", "digest of what was sent", "digest of what is shown")
    await database.close()


async def _guess_a_name(house: House, tenant: TenantId) -> None:
    """What misses is counted."""
    guess = TellAppointmentsRequest(patient_name="Nobody Whatsoever", appointment_date="2030-01-01")
    with tenant_scope(tenant):
        await house.client(BOOKING).stub(ReceptionistServiceStub).TellAppointments(guess, timeout=SECONDS)


async def _forget_somebody(house: House, tenant: TenantId) -> None:
    """An erasure leaves its receipt."""
    stub = house.client(BOOKING).stub(ContactServiceStub)
    with tenant_scope(tenant):
        somebody = CreateContactRequest(name="Nobody Now", phone="+14155550166", email="nobody@example.com")
        made = await stub.CreateContact(somebody, timeout=SECONDS)
        await stub.EraseContact(EraseContactRequest(id=made.contact.id), timeout=SECONDS)
