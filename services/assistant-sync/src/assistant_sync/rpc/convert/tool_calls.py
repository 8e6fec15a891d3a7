"""Tool calls: what is asked, and what is answered."""

from collections.abc import Mapping
from hashlib import sha256

from google.protobuf.message import Message

from assistant_sync.domain.errors import MalformedId
from assistant_sync.domain.live_call.answers import Answer, ToolCall, Transfer, Tried
from assistant_sync.domain.live_call.transfer_call import TransferWish
from switchboard.assistants.v1.live_call_service_pb2 import TransferCallRequest
from switchboard.tools.v1.tools_pb2 import CallContext, Effect, ToolReply

_IDS = ("vapi_call_id", "vapi_chat_id", "tool_call_id", "delivery_id")
_LONGEST_ID = 200

_TRIED: Mapping["CallContext.Tried.ValueType", Tried] = {
    CallContext.DONE: Tried.DONE,
    CallContext.FAILED: Tried.FAILED,
}


def tool_call(context: CallContext, request: Message) -> ToolCall | None:
    """Which tool call this is; None if what it belongs to, or the tool call, has no id. Raises MalformedId."""
    for field in _IDS:
        told: str = getattr(context, field)
        if "\0" in told or len(told) > _LONGEST_ID:
            raise MalformedId(field)
    conversation = context.vapi_call_id or context.vapi_chat_id or context.delivery_id
    if not conversation or not context.tool_call_id:
        return None
    return ToolCall(conversation, context.tool_call_id, _arguments_hash(request))


def tried(context: CallContext) -> Tried | None:
    return _TRIED.get(context.tried)


def transfer_wish(request: TransferCallRequest) -> TransferWish:
    return TransferWish(request.department, request.summary)


def reply(answer: Answer) -> ToolReply:
    """Hanging up is a part of the answer, and so of the same one given again; putting through is asked for once."""
    words = answer.words if answer.is_open else answer.final
    message = ToolReply(say=words.say, replayed=answer.replayed)
    message.data.update(words.data)
    if answer.ends_call:
        message.effects.append(Effect(end_call=Effect.EndCall()))
    if answer.is_open and answer.transfer is not None and answer.otherwise is not None:
        message.effects.append(Effect(transfer=_transfer(answer.transfer, answer.otherwise.say)))
    return message


def _transfer(transfer: Transfer, otherwise_say: str) -> Effect.Transfer:
    return Effect.Transfer(
        number=transfer.number,
        sip_uri=transfer.sip_uri,
        message=transfer.caller_hears,
        summary=transfer.callee_hears,
        otherwise_say=otherwise_say,
    )


def _arguments_hash(request: Message) -> bytes:
    """Equal for the same tool and the same arguments, whatever conversation they come from."""
    arguments = type(request)()
    arguments.CopyFrom(request)
    arguments.ClearField("context")
    name = request.DESCRIPTOR.full_name.encode()
    return sha256(name + b"\0" + arguments.SerializeToString(deterministic=True)).digest()
