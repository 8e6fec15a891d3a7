"""Tool calls: what is asked, and what is answered."""

from hashlib import sha256

from google.protobuf.message import Message

from booking.domain.answers import Answer, ToolCall
from booking.domain.book_appointment import Wish, understand
from booking.domain.check_availability import Question
from booking.domain.contacts import Told
from switchboard.booking.v1.receptionist_service_pb2 import BookClinicAppointmentRequest, CheckAvailabilityRequest
from switchboard.tools.v1.tools_pb2 import CallContext, ToolReply


def tool_call(context: CallContext, request: Message) -> ToolCall | None:
    """Which tool call this is; None if what it belongs to, or the tool call, has no id."""
    conversation = context.vapi_call_id or context.vapi_chat_id or context.delivery_id
    if not conversation or not context.tool_call_id:
        return None
    return ToolCall(conversation, context.tool_call_id, _arguments_hash(request))


def question(request: CheckAvailabilityRequest) -> Question:
    return Question(request.date, request.until_date, request.service_type, request.practitioner)


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


def _arguments_hash(request: Message) -> bytes:
    """Equal for the same tool and the same arguments, whatever conversation they come from."""
    arguments = type(request)()
    arguments.CopyFrom(request)
    arguments.ClearField("context")
    name = request.DESCRIPTOR.full_name.encode()
    return sha256(name + b"\0" + arguments.SerializeToString(deterministic=True)).digest()
