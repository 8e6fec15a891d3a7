"""Requests made from their descriptors, which name what is another organization's."""

from collections.abc import Callable, Iterator
from typing import Any

from google.protobuf import message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message

from chassis.protos import services
from tests.isolation.residents import Resident

Value = Callable[[Resident], str]

NAMED: dict[str, Value] = {
    # By the field's full name, without the package.
    "RevokeApiKeyRequest.id": lambda one: one.api_key_id,
    "ReleasePhoneNumberRequest.id": lambda one: one.phone_number_id,
    "RevokeWebhookCredentialRequest.id": lambda one: one.credential_id,
    "Service.id": lambda one: one.service_id,
    # By its name.
    "number": lambda one: one.number,
    "vapi_phone_number_id": lambda one: one.vapi_phone_number_id,
    "vapi_assistant_id": lambda one: one.assistant_id,
    "calendar_id": lambda one: one.calendar_id,
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
    "page_token": lambda _: "",
    "opens": lambda _: "08:00",
    "closes": lambda _: "18:00",
}
"""What of an organization stands in which text of a request."""

NUMBERS = {"weekday": 1, "duration_minutes": 30, "step_minutes": 15, "horizon_days": 30}
"""Where 0 is nonsense."""

WELL_KNOWN = "google.protobuf."


def methods() -> Iterator[MethodDescriptor]:
    """Every RPC of every service."""
    for service in services():
        yield from service.methods


def request_about(method: MethodDescriptor, resident: Resident) -> Message:
    """A request to do to a resident's things what the method does. LookupError for a text that NAMED does not know."""
    return _filled(method.input_type, resident)


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
    if (choices := field.enum_type) is not None:
        return choices.values[min(1, len(choices.values) - 1)].number
    if (part := field.message_type) is not None and not part.full_name.startswith(WELL_KNOWN):
        return _filled(part, resident)
    return NUMBERS.get(field.name)


def _text(field: FieldDescriptor) -> Value:
    message, _, name = field.full_name.rpartition(".")
    of_message = f"{message.rpartition('.')[2]}.{name}"
    for known in (of_message, name):
        if known in NAMED:
            return NAMED[known]
    raise LookupError(f"tests/isolation/requests.py does not say what of an organization stands in {of_message}")


def _put(message: Message, field: FieldDescriptor, value: Any) -> None:
    if field.is_repeated:
        getattr(message, field.name).append(value)
    elif isinstance(value, Message):
        getattr(message, field.name).CopyFrom(value)
    else:
        setattr(message, field.name, value)
