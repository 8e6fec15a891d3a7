"""Requests made from their descriptors, which name what is another organization's."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, cast
from uuid import uuid4

from google.protobuf import message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from chassis.protos import services
from tests.isolation.residents import Resident

Value = Callable[[Resident], str]

NAMED: dict[str, Value] = {
    # By the field's full name, without the package.
    "RevokeApiKeyRequest.id": lambda one: one.api_key_id,
    "ReleasePhoneNumberRequest.id": lambda one: one.phone_number_id,
    "RevokeWebhookCredentialRequest.id": lambda one: one.credential_id,
    "Service.id": lambda one: one.service_id,
    "UpdateCalendarRequest.id": lambda one: one.calendar_id,
    # One in which nothing is booked: the other is in use.
    "DeleteCalendarRequest.id": lambda one: one.spare_calendar_id,
    "UpdateServiceRequest.id": lambda one: one.service_id,
    "DeleteServiceRequest.id": lambda one: one.service_id,
    "GetAppointmentRequest.id": lambda one: one.appointment_id,
    "UpdateAppointmentRequest.id": lambda one: one.appointment_id,
    "GetContactRequest.id": lambda one: one.contact_id,
    "UpdateContactRequest.id": lambda one: one.contact_id,
    "ExportContactRequest.id": lambda one: one.contact_id,
    "EraseContactRequest.id": lambda one: one.contact_id,
    "GetCallRequest.id": lambda one: one.call_id,
    "GetCallTimelineRequest.id": lambda one: one.call_id,
    "CallEvent.id": lambda _: str(uuid4()),
    "MessageEvent.type": lambda _: "status-update",
    "MessageEvent.outcome": lambda _: "resolved",
    "GetRecordingRequest.id": lambda one: one.call_id,
    "channel": lambda _: "mono",
    "vapi_call_ids": lambda one: one.booking.context.vapi_call_id,
    "RecordReadingRequest.subject": lambda one: one.call_id,
    "RevokeFeedRequest.id": lambda one: one.feed_id,
    "RemoveBusySourceRequest.id": lambda one: one.busy_source_id,
    "GetConnectionRequest.id": lambda one: one.connection_id,
    "ReplacePasswordRequest.id": lambda one: one.connection_id,
    "DisconnectCalendarRequest.id": lambda one: one.connection_id,
    "Department.id": lambda one: one.department_id,
    "GetDepartmentRequest.id": lambda one: one.department_id,
    "UpdateDepartmentRequest.id": lambda one: one.department_id,
    "DeleteDepartmentRequest.id": lambda one: one.department_id,
    "SetAgentWebhookRequest.vapi_assistant_id": lambda one: one.agent_assistant_id,
    "CalendarIds.ids": lambda one: one.calendar_id,
    # By its name.
    "number": lambda one: one.number,
    "vapi_phone_number_id": lambda one: one.vapi_phone_number_id,
    "vapi_assistant_id": lambda one: one.assistant_id,
    "calendar_id": lambda one: one.calendar_id,
    "connection_id": lambda one: one.connection_id,
    "calendar_ids": lambda one: one.calendar_id,
    "service_id": lambda one: one.service_id,
    "contact_id": lambda one: one.contact_id,
    "appointment_id": lambda one: one.appointment_id,
    "search": lambda _: "",
    "search_key": lambda one: one.booking.patient_name,
    "search_type": lambda _: "name",
    "new_date": lambda one: one.booking.appointment_date,
    "new_time": lambda _: "11:00",
    "until_date": lambda _: "",
    "practitioner": lambda _: "",
    "phone": lambda one: one.number,
    "email": lambda one: one.booking.patient_email,
    "date": lambda one: one.booking.appointment_date,
    "appointment_date": lambda one: one.booking.appointment_date,
    "appointment_time": lambda one: one.booking.appointment_time,
    "patient_name": lambda one: one.booking.patient_name,
    "patient_email": lambda one: one.booking.patient_email,
    "patient_phone": lambda _: "",
    "service_type": lambda _: "",
    "vapi_call_id": lambda one: one.booking.context.vapi_call_id,
    "vapi_chat_id": lambda _: "",
    "tool_call_id": lambda one: one.booking.context.tool_call_id,
    "caller_number": lambda one: one.booking.context.caller_number,
    "called_number": lambda _: "",
    "delivery_id": lambda _: "",
    "clinic_name": lambda _: "Another line",
    "name": lambda _: "Another",
    "first_message": lambda _: "Good day",
    "prompt": lambda _: "Be kind",
    "timezone": lambda _: "UTC",
    "secret": lambda _: "",
    "username": lambda _: "somebody",
    "password": lambda _: "a password",
    "webhook_url": lambda _: "https://elsewhere.example/api/vapi/webhook",
    "url": lambda _: "https://calendars.example/2026-12-01T10:00",
    "page_token": lambda _: "",
    "begins": lambda _: "",
    "ends": lambda _: "",
    "opens": lambda _: "08:00",
    "closes": lambda _: "18:00",
    "first_day": lambda _: "2026-12-24",
    "last_day": lambda _: "2026-12-26",
    "from_time": lambda _: "12:00",
    "until_time": lambda _: "13:00",
    "Closure.reason": lambda _: "Holidays",
    "day": lambda _: "2026-12-28",
    "synonyms": lambda _: "Cleaning",
    "reason": lambda _: "",
    "summary": lambda _: "",
    "ended_reason": lambda _: "",
    "status": lambda _: "in-progress",
    "RecordCallRequest.assistant_id": lambda one: one.assistant_id,
    "CostPartsEntry.key": lambda _: "model",
    "structured_data": lambda _: "{}",
    "success_evaluation": lambda _: "true",
    "transcript": lambda _: "AI: Good day.",
    "RecordingUrlsEntry.key": lambda _: "mono",
    "RecordingUrlsEntry.value": lambda _: "https://calls.example/1.wav",
    "department": lambda one: one.department_name,
    "wish": lambda _: "",
    "description": lambda _: "Invoices",
    "sip_uri": lambda _: "",
    "tools_used": lambda _: "bookClinicAppointment",
    "evidence": lambda _: "called_number",
    "verified_by": lambda _: "platform",
    "answered": lambda _: "",
    "sent_back": lambda _: "",
    "ToolCallEvent.tool": lambda _: "bookClinicAppointment",
    "ended": lambda _: "said",
    "arguments": lambda _: "{}",
    "personal_arguments": lambda _: "patientName",
    "worded_arguments": lambda _: "reason",
    "chosen_arguments": lambda _: "searchType",
    "say": lambda _: "It is booked.",
    "error": lambda _: "",
    "data": lambda one: f'{{"appointmentId": "{one.appointment_id}"}}',
    "because": lambda _: "",
    "effects": lambda _: "end_call",
    "ToolCallEvent.outcome": lambda _: "",
    "why": lambda _: "10:00",
}
"""What of an organization stands in which text of a request."""

NUMBERS = {"weekday": 1, "duration_minutes": 30, "step_minutes": 15, "horizon_days": 30}
"""Where 0 is nonsense."""

INSTANTS: dict[str, Callable[[Resident], datetime]] = {
    "CreateAppointmentRequest.starts_at": lambda one: one.free_from,
    "CallEvent.at": lambda one: one.free_from,
}
"""Which instants a request needs."""

WELL_KNOWN = "google.protobuf."


def methods() -> Iterator[MethodDescriptor]:
    """Every RPC of every service."""
    for service in services():
        yield from service.methods


def request_about(method: MethodDescriptor, resident: Resident) -> Message:
    """A request to do to a resident's things what the method does. LookupError for a text that NAMED does not know."""
    request: Any = _filled(method.input_type, resident)
    if method.input_type.name != type(resident.booking).__name__ and "context" in method.input_type.fields_by_name:
        # The same tool call with other arguments would be refused: to anybody, and for that alone.
        request.context.tool_call_id += f"-{method.name}"
    return cast("Message", request)


def _filled(descriptor: Descriptor, resident: Resident) -> Message:
    message = message_factory.GetMessageClass(descriptor)()
    chosen: set[str] = set()
    for field in descriptor.fields:
        choice = field.containing_oneof
        if choice and choice.name in chosen:
            continue
        if (value := _value(field, resident)) is not None:
            if choice:
                chosen.add(choice.name)
            _put(message, field, value)
    return message


def _value(field: FieldDescriptor, resident: Resident) -> Any:
    """None: left as it is."""
    if field.type == FieldDescriptor.TYPE_STRING:
        return _text(field)(resident) or None
    if (instant := INSTANTS.get(_of_message(field))) is not None:
        return Timestamp(seconds=int(instant(resident).timestamp()))
    if (choices := field.enum_type) is not None:
        return choices.values[min(1, len(choices.values) - 1)].number
    if (part := field.message_type) is not None and not part.full_name.startswith(WELL_KNOWN):
        return _filled(part, resident)
    return NUMBERS.get(field.name)


def _text(field: FieldDescriptor) -> Value:
    for known in (_of_message(field), field.name):
        if known in NAMED:
            return NAMED[known]
    raise LookupError(f"tests/isolation/requests.py does not say what of an organization stands in {field.full_name}")


def _of_message(field: FieldDescriptor) -> str:
    message, _, name = field.full_name.rpartition(".")
    return f"{message.rpartition('.')[2]}.{name}"


def _put(message: Message, field: FieldDescriptor, value: Any) -> None:
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        entry: Any = value
        getattr(message, field.name)[entry.key] = entry.value
    elif field.is_repeated:
        getattr(message, field.name).append(value)
    elif isinstance(value, Message):
        getattr(message, field.name).CopyFrom(value)
    else:
        setattr(message, field.name, value)
