"""Tool calls: what is asked, and what is answered."""

import json
from datetime import datetime
from hashlib import sha256

from google.protobuf.message import Message

from booking.domain.errors import MalformedCall
from booking.domain.people.contacts import Told, calling_number, says_nothing
from booking.domain.reception.answers import Answer, ToolCall
from booking.domain.reception.book_appointment import Wish
from booking.domain.reception.cancel_appointment import CancelWish
from booking.domain.reception.check_availability import Question
from booking.domain.reception.hold_slot import HoldWish
from booking.domain.reception.look_up_caller import CallerQuestion
from booking.domain.reception.reschedule_appointment import MoveWish
from booking.domain.reception.wanted_time import SpokenTime
from booking.domain.reception.which_appointment import Mention
from booking.domain.schedule.grounds import Grounds
from booking.domain.schedule.holds import Asking
from switchboard.booking.v1.receptionist_service_pb2 import (
    BookClinicAppointmentRequest,
    CancelAppointmentRequest,
    CheckAvailabilityRequest,
    HoldSlotRequest,
    LookupCallerRequest,
    RescheduleAppointmentRequest,
    TellAppointmentsRequest,
)
from switchboard.tools.v1.tools_pb2 import CallContext, ToolReply

GROUNDS = "grounds"
"""Under which name an answer tells what it was decided by."""

_IDS = ("vapi_call_id", "vapi_chat_id", "tool_call_id", "delivery_id")
_LONGEST_ID = 200


def _check_ids(context: CallContext) -> None:
    """Vapi's ids are kept as they are, or not at all. Raises MalformedCall."""
    for field in _IDS:
        told: str = getattr(context, field)
        if "\0" in told or len(told) > _LONGEST_ID:
            raise MalformedCall(field)


def tool_call(context: CallContext, request: Message) -> ToolCall | None:
    """Which tool call this is; None if what it belongs to, or the tool call, has no id."""
    conversation = context.vapi_call_id or context.vapi_chat_id or context.delivery_id
    if not conversation or not context.tool_call_id:
        return None
    return ToolCall(conversation, context.tool_call_id, _arguments_hash(request))


def question(request: CheckAvailabilityRequest) -> Question:
    return Question(request.date, request.until_date, _told(request.service_type), _told(request.practitioner))


def asking(context: CallContext, now: datetime) -> Asking:
    """Holds are a call's or a chat's: a delivery ends with its message, before anybody could book what it held.

    Raises MalformedCall.
    """
    _check_ids(context)
    return Asking(now, _conversation(context), _caller(context) or None, is_assistant=True)


def wish(request: BookClinicAppointmentRequest) -> Wish:
    return Wish(
        when=SpokenTime(request.appointment_date, request.appointment_time),
        told=Told(
            name=request.patient_name,
            phone=request.patient_phone,
            email=request.patient_email,
            caller_number=_caller(request.context),
            called_number=request.context.called_number,
        ),
        service_type=_told(request.service_type),
        practitioner=_told(request.practitioner),
        vapi_call_id=request.context.vapi_call_id or None,
    )


def hold_wish(request: HoldSlotRequest) -> HoldWish:
    return HoldWish(
        SpokenTime(request.appointment_date, request.appointment_time),
        _told(request.service_type),
        _told(request.practitioner),
    )


def move_wish(request: RescheduleAppointmentRequest) -> MoveWish:
    return MoveWish(_mention(request), SpokenTime(request.new_date, request.new_time, "newDate", "newTime"))


def cancel_wish(request: CancelAppointmentRequest) -> CancelWish:
    return CancelWish(_mention(request), request.reason)


def mention(request: TellAppointmentsRequest) -> Mention:
    return Mention(
        caller_number=_caller(request.context),
        patient_name=request.patient_name,
        day=request.appointment_date,
        conversation_id=_conversation(request.context),
    )


def caller_question(request: LookupCallerRequest) -> CallerQuestion:
    return CallerQuestion(request.search_key, request.search_type.strip().lower(), _caller(request.context))


def _mention(request: RescheduleAppointmentRequest | CancelAppointmentRequest) -> Mention:
    return Mention(
        caller_number=_caller(request.context),
        patient_name=request.patient_name,
        day=request.appointment_date,
        time_of_day=request.appointment_time,
        appointment_id=request.appointment_id,
        conversation_id=_conversation(request.context),
    )


def _told(wish: str) -> str:
    """Empty for what models write where they were told nothing."""
    return "" if says_nothing(wish) else wish


def _conversation(context: CallContext) -> str | None:
    return context.vapi_call_id or context.vapi_chat_id or None


def _caller(context: CallContext) -> str:
    return calling_number(context.caller_number, context.called_number) or ""


def reply(given: Answer, grounds: Grounds | None) -> ToolReply:
    """What an answer was decided by goes as text: protobuf would make a message of each figure in it."""
    message = ToolReply(say=given.say, replayed=given.replayed)
    message.data.update(given.data)
    if grounds is not None:
        message.because[GROUNDS] = json.dumps(grounds.facts(), ensure_ascii=False, separators=(",", ":"))
    return message


def _arguments_hash(request: Message) -> bytes:
    """Equal for the same tool and the same arguments, whatever conversation they come from."""
    arguments = type(request)()
    arguments.CopyFrom(request)
    arguments.ClearField("context")
    name = request.DESCRIPTOR.full_name.encode()
    return sha256(name + b"\0" + arguments.SerializeToString(deterministic=True)).digest()
