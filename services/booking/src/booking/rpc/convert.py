"""Between the protos' vocabulary and the domain's."""

import base64
import binascii
import re
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from booking.domain.administer import chosen_or_new_id, label
from booking.domain.answers import Answer, ToolCall
from booking.domain.appointments import Appointment, Position, Status
from booking.domain.book_appointment import Wish, understand
from booking.domain.calendars import MINUTES_A_DAY, Calendar, OpeningInterval
from booking.domain.contacts import Told
from booking.domain.errors import MalformedOpeningHours, MalformedPageToken
from booking.domain.services import Service
from switchboard.booking.v1 import appointment_service_pb2 as appointment_pb2
from switchboard.booking.v1 import calendar_service_pb2 as calendar_pb2
from switchboard.booking.v1.receptionist_service_pb2 import BookClinicAppointmentRequest
from switchboard.tools.v1.tools_pb2 import CallContext, ToolReply

_CLOCK = re.compile(r"([01]\d|2[0-4]):([0-5]\d)")

_STATUSES = {
    Status.BOOKED: appointment_pb2.Appointment.BOOKED,
    Status.CANCELLED: appointment_pb2.Appointment.CANCELLED,
    Status.COMPLETED: appointment_pb2.Appointment.COMPLETED,
    Status.NO_SHOW: appointment_pb2.Appointment.NO_SHOW,
}


def tool_call(context: CallContext, request: Message) -> ToolCall | None:
    """Which tool call this is; None if what it belongs to, or the tool call, has no id."""
    conversation = context.vapi_call_id or context.vapi_chat_id or context.delivery_id
    if not conversation or not context.tool_call_id:
        return None
    return ToolCall(conversation, context.tool_call_id, _arguments_hash(request))


def wish(request: BookClinicAppointmentRequest) -> Wish:
    """Raises ArgumentNotUnderstood."""
    return understand(
        day=request.appointment_date,
        time_of_day=request.appointment_time,
        told=Told(
            name=request.patient_name,
            phone=request.patient_phone,
            email=request.patient_email,
            caller_number=request.context.caller_number,
            called_number=request.context.called_number,
        ),
        service_type=request.service_type,
        vapi_call_id=request.context.vapi_call_id or None,
    )


def reply(given: Answer) -> ToolReply:
    message = ToolReply(say=given.say, replayed=given.replayed)
    message.data.update(given.data)
    return message


def calendar(request: calendar_pb2.CreateCalendarRequest) -> Calendar:
    """Raises MalformedId, MalformedOpeningHours."""
    return Calendar(
        id=chosen_or_new_id("calendar_id", request.calendar_id),
        name=label(request.name),
        timezone=request.timezone,
        opening_hours=tuple(
            OpeningInterval(interval.weekday, _minutes(interval.opens), _minutes(interval.closes))
            for interval in request.opening_hours
        ),
    )


def calendar_message(given: Calendar) -> calendar_pb2.Calendar:
    return calendar_pb2.Calendar(
        id=str(given.id),
        name=given.name,
        timezone=given.timezone,
        opening_hours=[
            calendar_pb2.OpeningInterval(weekday=i.weekday, opens=_clock(i.opens), closes=_clock(i.closes))
            for i in given.opening_hours
        ],
    )


def service(message: calendar_pb2.Service) -> Service:
    """Raises MalformedId."""
    return Service(
        id=chosen_or_new_id("service_id", message.id),
        name=label(message.name),
        duration_minutes=message.duration_minutes,
        step_minutes=message.step_minutes,
        buffer_before_minutes=message.buffer_before_minutes,
        buffer_after_minutes=message.buffer_after_minutes,
        lead_time_minutes=message.lead_time_minutes,
        horizon_days=message.horizon_days,
        default_service=message.default_service,
    )


def service_message(given: Service) -> calendar_pb2.Service:
    return calendar_pb2.Service(
        id=str(given.id),
        name=given.name,
        duration_minutes=given.duration_minutes,
        step_minutes=given.step_minutes,
        buffer_before_minutes=given.buffer_before_minutes,
        buffer_after_minutes=given.buffer_after_minutes,
        lead_time_minutes=given.lead_time_minutes,
        horizon_days=given.horizon_days,
        default_service=given.default_service,
    )


def appointment_message(given: Appointment) -> appointment_pb2.Appointment:
    return appointment_pb2.Appointment(
        id=str(given.id),
        calendar_id=str(given.calendar_id),
        service_id=str(given.service_id),
        contact_id=str(given.contact_id),
        patient_name=given.patient_name,
        starts_at=_timestamp(given.starts_at),
        ends_at=_timestamp(given.ends_at),
        status=_STATUSES[given.status],
        vapi_call_id=given.vapi_call_id or "",
    )


def position(token: str) -> Position | None:
    """Where the page before ended; None for the first page. Raises MalformedPageToken."""
    if not token:
        return None
    try:
        starts_at, separator, appointment_id = base64.urlsafe_b64decode(token).decode("ascii").partition("|")
        start = datetime.fromisoformat(starts_at)
        if not separator or start.tzinfo is None:
            raise MalformedPageToken
        return Position(start.astimezone(UTC), UUID(appointment_id))
    except (binascii.Error, ValueError, OverflowError):
        raise MalformedPageToken from None


def page_token(given: Position | None) -> str:
    if given is None:
        return ""
    return base64.urlsafe_b64encode(f"{given.starts_at.isoformat()}|{given.id}".encode()).decode("ascii")


def _arguments_hash(request: Message) -> bytes:
    """Equal for the same tool and the same arguments, whatever conversation they come from."""
    arguments = type(request)()
    arguments.CopyFrom(request)
    arguments.ClearField("context")
    name = request.DESCRIPTOR.full_name.encode()
    return sha256(name + b"\0" + arguments.SerializeToString(deterministic=True)).digest()


def _minutes(clock: str) -> int:
    match = _CLOCK.fullmatch(clock)
    if match is None:
        raise MalformedOpeningHours
    return int(match[1]) * 60 + int(match[2])


def _clock(minutes: int) -> str:
    return "24:00" if minutes == MINUTES_A_DAY else f"{minutes // 60:02}:{minutes % 60:02}"


def _timestamp(moment: datetime) -> Timestamp:
    timestamp = Timestamp()
    timestamp.FromDatetime(moment)
    return timestamp
