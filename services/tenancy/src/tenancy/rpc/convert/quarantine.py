"""Quarantined messages and their evidence."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from chassis.clock import Clock, system_clock
from chassis.paging import Page
from switchboard.tenancy.v1 import quarantine_service_pb2 as quarantine_pb2
from switchboard.tenancy.v1.tenancy_service_pb2 import ResolveTenantRequest, ResolveTenantResponse
from tenancy.domain.quarantine.message import Arrival, QuarantinedMessage, Said, State, Unsealed
from tenancy.domain.routing.evidence import Outcome, Source
from tenancy.domain.text import label
from tenancy.rpc.convert.instants import instant_of, timestamp
from tenancy.rpc.convert.paging import number_token
from tenancy.rpc.convert.resolution import instant, said

_OUTCOMES: Mapping[Outcome, ResolveTenantResponse.Outcome.ValueType] = {
    Outcome.CONTRADICTION: ResolveTenantResponse.CONTRADICTION,
    Outcome.UNKNOWN: ResolveTenantResponse.UNKNOWN,
    Outcome.RESOLVED: ResolveTenantResponse.RESOLVED,
}
_OUTCOME_OF = {said: outcome for outcome, said in _OUTCOMES.items()}
_STATES: Mapping[State, quarantine_pb2.QuarantinedMessage.State.ValueType] = {
    State.WAITING: quarantine_pb2.QuarantinedMessage.WAITING,
    State.DELIVERED: quarantine_pb2.QuarantinedMessage.DELIVERED,
    State.EVIDENCE: quarantine_pb2.QuarantinedMessage.EVIDENCE,
}


def arrival(request: quarantine_pb2.QuarantineMessageRequest, clock: Clock = system_clock) -> Arrival:
    """What is neither resolved nor a contradiction is unknown. What came in the future, or says not when, came now."""
    received_at = _received_at(request, clock())
    return Arrival(
        body=request.body,
        message_type=label(request.message_type),
        outcome=_OUTCOME_OF.get(request.outcome, Outcome.UNKNOWN),
        said=_said(request.evidence),
        call_id=label(request.call_id),
        call_started_at=min(instant(request.evidence) or received_at, received_at),
        received_at=received_at,
        state=State.WAITING if request.recordable else State.EVIDENCE,
    )


def page(listed: Page[QuarantinedMessage]) -> quarantine_pb2.ListQuarantinedMessagesResponse:
    return quarantine_pb2.ListQuarantinedMessagesResponse(
        messages=[message(one) for one in listed.items],
        next_page_token=number_token(listed.items[-1].position) if listed.more else "",
    )


def claimed(unsealed: Unsealed) -> quarantine_pb2.ClaimQuarantinedMessagesResponse.Claimed:
    return quarantine_pb2.ClaimQuarantinedMessagesResponse.Claimed(
        message=message(unsealed.message), body=unsealed.body
    )


def message(kept: QuarantinedMessage) -> quarantine_pb2.QuarantinedMessage:
    return quarantine_pb2.QuarantinedMessage(
        id=str(kept.id),
        message_type=kept.message_type,
        outcome=_OUTCOMES[kept.outcome],
        evidence=_evidence(kept),
        call_id=kept.call_id,
        received_at=timestamp(kept.received_at),
        expires_at=timestamp(kept.expires_at),
        state=_STATES[kept.state],
        organization_id=str(kept.organization_id or ""),
    )


def _received_at(request: quarantine_pb2.QuarantineMessageRequest, now: datetime) -> datetime:
    if not request.HasField("received_at"):
        return now
    try:
        return min(instant_of(request.received_at), now)
    except ValueError:
        return now


def _said(evidence: ResolveTenantRequest) -> Said:
    pieces: dict[Source, list[str]] = {}
    for source, text in said(evidence):
        if text:
            pieces.setdefault(source, []).append(text)
    return pieces


def _evidence(kept: QuarantinedMessage) -> ResolveTenantRequest:
    """As it was said, of the call's start: of a message that names none, of when it was received."""
    phone_number_id, *other_phone_number_ids = _pieces(kept, Source.PHONE_NUMBER_ID)
    assistant_id, *other_assistant_ids = _pieces(kept, Source.ASSISTANT_ID)
    metadata_org_id, *other_metadata_org_ids = _pieces(kept, Source.METADATA)
    return ResolveTenantRequest(
        called_number=_pieces(kept, Source.CALLED_NUMBER)[0],
        phone_number_id=phone_number_id,
        assistant_id=assistant_id,
        metadata_org_id=metadata_org_id,
        at=timestamp(kept.call_started_at),
        other_phone_number_ids=other_phone_number_ids,
        other_assistant_ids=other_assistant_ids,
        other_metadata_org_ids=other_metadata_org_ids,
    )


def _pieces(kept: QuarantinedMessage, source: Source) -> Sequence[str]:
    """At least one, which is empty if there is none."""
    return kept.said.get(source) or [""]
