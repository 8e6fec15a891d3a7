"""What in a message says whose call it is. Never a header, never an argument of the model."""

from collections.abc import Iterator

from gateway.message.instants import instant_in_text
from gateway.message.messages import Assistant, Call, Customer, Line, Metadata, Overrides, Received, struct_of
from tenancy_client import Evidence

MALFORMED = "?"
"""Stands for evidence that is there but is no text; tenancy finds it malformed. It is never taken for absent."""

_LONGEST = 256
"""Characters; longer text is no number, no id and no UUID."""


def evidence_in(received: Received) -> Evidence:
    """The pieces in the order in which a message states them, and when its call started."""
    message = received.message
    call = struct_of(message.call, Call) or Call()
    assistant = struct_of(message.assistant, Assistant) or Assistant()
    overrides = struct_of(call.assistant_overrides, Overrides) or Overrides()
    line = _line(message.phone_number)
    return Evidence(
        called_number=_piece(line.number),
        phone_number_ids=_distinct(line.id, call.phone_number_id),
        assistant_ids=_distinct(call.assistant_id, assistant.id),
        metadata_org_ids=_distinct(
            _org_id(assistant.metadata),
            _org_id(overrides.metadata),
            *_customers_org_ids(received),
        ),
        at=instant_in_text(message.started_at) or instant_in_text(call.created_at),
    )


def _line(value: object) -> Line:
    """A line of another type is malformed, not absent: without a number, metadata alone would decide."""
    if value is None:
        return Line()
    return struct_of(value, Line) or Line(number=MALFORMED)


def _customers_org_ids(received: Received) -> Iterator[object]:
    for value in (received.customer, received.message.customer):
        customer = struct_of(value, Customer)
        yield _org_id(customer.metadata) if customer else None


def _org_id(value: object) -> object:
    metadata = struct_of(value, Metadata)
    return metadata.org_id if metadata else None


def _piece(value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > _LONGEST:
        return MALFORMED
    return value.strip()


def _distinct(*values: object) -> tuple[str, ...]:
    pieces: list[str] = []
    for value in values:
        if value is not None and (piece := _piece(value)) and piece not in pieces:
            pieces.append(piece)
    return tuple(pieces)
