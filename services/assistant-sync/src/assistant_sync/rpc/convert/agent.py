"""Between the words of AgentService and those of the domain."""

from collections.abc import Mapping
from typing import Any

from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Struct

from assistant_sync.domain.agents.agent import Agent, AgentType, Changes, Json, PendingReason
from assistant_sync.domain.agents.find_inbound_assistant import InboundAssistant
from assistant_sync.domain.errors import MalformedField, UnknownAgentType
from switchboard.assistants.v1 import agent_service_pb2 as pb

_TYPES: Mapping["pb.AgentType.ValueType", AgentType] = {
    pb.INBOUND: AgentType.INBOUND,
    pb.FOLLOW_UP: AgentType.FOLLOW_UP,
    pb.OUTBOUND: AgentType.OUTBOUND,
}
_TYPES_ON_THE_WIRE = {domain: wire for wire, domain in _TYPES.items()}


def agent_type(wire: "pb.AgentType.ValueType") -> AgentType:
    """Raises UnknownAgentType."""
    if (found := _TYPES.get(wire)) is None:
        raise UnknownAgentType
    return found


def type_on_the_wire(agent_type: AgentType) -> "pb.AgentType.ValueType":
    return _TYPES_ON_THE_WIRE[agent_type]


def changes(request: pb.SaveAgentRequest) -> Changes:
    """The fields that the request names. An empty object leaves it to Vapi. Raises MalformedField."""
    named = Changes()
    if request.HasField("name"):
        named["name"] = _text("name", request.name)
    if request.HasField("first_message"):
        named["first_message"] = _text("first_message", request.first_message)
    if request.HasField("prompt"):
        named["prompt"] = _text("prompt", request.prompt)
    if request.HasField("voice"):
        named["voice"] = _object("voice", request.voice)
    if request.HasField("model"):
        named["model"] = _object("model", request.model)
    if request.HasField("vapi"):
        named["vapi"] = _object("vapi", request.vapi)
    return named


def _text(field: str, value: str) -> str:
    if "\0" in value:
        raise MalformedField(field)
    return value


def _object(field: str, struct: Struct) -> Json | None:
    try:
        value = _json(struct)
    except ValueError:  # infinite, or not a number
        raise MalformedField(field) from None
    if _holds_nul(value):
        raise MalformedField(field)
    return value


def _holds_nul(value: Any) -> bool:
    match value:
        case str():
            return "\0" in value
        case dict():
            return any(_holds_nul(name) or _holds_nul(one) for name, one in value.items())
        case list():
            return any(map(_holds_nul, value))
        case _:
            return False


def agent(found: Agent, webhook_url: str) -> pb.Agent:
    desired = found.desired
    return pb.Agent(
        type=_TYPES_ON_THE_WIRE[found.type],
        name=desired.name,
        first_message=desired.first_message or "",
        prompt=desired.prompt or "",
        voice=_struct(desired.voice),
        model=_struct(desired.model),
        vapi=_struct(desired.vapi),
        vapi_assistant_id=found.vapi_assistant_id or "",
        sync_state=pb.Agent.SYNCED if found.pending is None else pb.Agent.PENDING,
        pending_reason=pending_reason(found.pending),
        webhook_url=webhook_url,
    )


def inbound_assistant(found: InboundAssistant) -> pb.GetInboundAssistantResponse:
    response = pb.GetInboundAssistantResponse(vapi_assistant_id=found.vapi_assistant_id or "")
    if found.clinic is not None:
        response.clinic.name, response.clinic.timezone = found.clinic.name, found.clinic.timezone
    return response


def pending_reason(reason: PendingReason | None) -> "pb.Agent.PendingReason.ValueType":
    return pb.Agent.PENDING_REASON_UNSPECIFIED if reason is None else pb.Agent.PendingReason.Value(reason.name)


def _json(struct: Struct) -> Json | None:
    whole: dict[str, Any] = _with_whole_numbers(MessageToDict(struct))
    return whole or None


def _with_whole_numbers(value: Any) -> Any:
    """A Struct knows floating-point numbers only, and Vapi refuses 300.0 where it wants an integer."""
    if isinstance(value, dict):
        return {key: _with_whole_numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_whole_numbers(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _struct(value: Json | None) -> Struct | None:
    if value is None:
        return None
    struct = Struct()
    struct.update(value)
    return struct
