"""What says whose call it is."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from switchboard.tenancy.v1.tenancy_service_pb2 import ResolveTenantRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The pieces, each kind without repetition, in the order in which they were found."""

    called_number: str = ""
    """The clinic's own line, in any spelling; empty in web calls and chats."""
    phone_number_ids: tuple[str, ...] = ()
    """Vapi's ids of that line."""
    assistant_ids: tuple[str, ...] = ()
    """Vapi's ids of the assistant on the line."""
    metadata_org_ids: tuple[str, ...] = ()
    at: datetime | None = None
    """When the call started, aware; None means now."""

    @property
    def pieces(self) -> tuple[str, ...]:
        """All of them, whatever their kind."""
        return (self.called_number, *self.phone_number_ids, *self.assistant_ids, *self.metadata_org_ids)

    @property
    def digest(self) -> bytes:
        """Of the pieces with their kinds, without the instant."""
        kinds = (self.called_number, self.phone_number_ids, self.assistant_ids, self.metadata_org_ids)
        return blake2b(repr(kinds).encode(), digest_size=16).digest()

    def request(self) -> ResolveTenantRequest:
        """The question for tenancy."""
        request = ResolveTenantRequest(
            called_number=self.called_number,
            phone_number_id=_first(self.phone_number_ids),
            assistant_id=_first(self.assistant_ids),
            metadata_org_id=_first(self.metadata_org_ids),
            other_phone_number_ids=self.phone_number_ids[1:],
            other_assistant_ids=self.assistant_ids[1:],
            other_metadata_org_ids=self.metadata_org_ids[1:],
        )
        if self.at is not None:
            request.at.FromDatetime(self.at)
        return request


def _first(pieces: tuple[str, ...]) -> str:
    return pieces[0] if pieces else ""
