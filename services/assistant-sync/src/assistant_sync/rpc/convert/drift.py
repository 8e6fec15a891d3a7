"""Between the words of DriftService and those of the domain."""

from typing import Any

from google.protobuf.json_format import ParseDict
from google.protobuf.struct_pb2 import Value

from assistant_sync.domain.drift.drift import AssistantDrift, Drift, FieldDrift, UrlWarning
from assistant_sync.rpc.convert.agent import type_on_the_wire
from switchboard.assistants.v1 import drift_service_pb2 as pb


def drift(found: Drift) -> pb.FindDriftResponse:
    return pb.FindDriftResponse(
        assistants=[_assistant(one) for one in found.assistants], warnings=[_warning(one) for one in found.warnings]
    )


def _assistant(found: AssistantDrift) -> pb.AssistantDrift:
    return pb.AssistantDrift(
        type=type_on_the_wire(found.type),
        vapi_assistant_id=found.vapi_assistant_id,
        name=found.name,
        missing=found.is_missing,
        fields=[_field(one) for one in found.fields],
    )


def _field(found: FieldDrift) -> pb.FieldDrift:
    shown = pb.FieldDrift(
        field=found.field,
        ours=_value(found.ours),
        theirs=_value(found.theirs),
        repaired_by_itself=found.is_repaired_by_itself,
    )
    if found.last_synced:
        shown.last_synced.CopyFrom(_value(found.last_synced.value))
        shown.last_synced_at.FromDatetime(found.last_synced.at)
    return shown


def _warning(found: UrlWarning) -> pb.UrlWarning:
    return pb.UrlWarning(
        kind=pb.UrlWarning.Kind.Value(found.kind.name),
        name=found.name,
        vapi_id=found.vapi_id,
        url=found.url,
        fault=pb.UrlWarning.Fault.Value(found.fault.name),
        tool=found.tool,
    )


def _value(json: Any) -> Value:
    return ParseDict(json, Value())
