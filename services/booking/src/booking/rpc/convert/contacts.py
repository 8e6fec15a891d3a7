"""Contacts, what is kept of them, and receipts of their erasure."""

from uuid import UUID

from booking.domain.errors import ContactNotFound
from booking.domain.people.administer_contacts import ContactChanges
from booking.domain.people.contacts import Contact
from booking.domain.people.dossiers import Erasure
from booking.domain.schedule.administer import existing_id
from booking.rpc.convert.instants import timestamp
from switchboard.booking.v1 import contact_service_pb2 as contact_pb2


def contact_id(text: str) -> UUID:
    """Raises ContactNotFound."""
    return existing_id(text, ContactNotFound)


def contact_changes(request: contact_pb2.UpdateContactRequest) -> ContactChanges:
    return ContactChanges(
        name=request.name if request.HasField("name") else None,
        phone=request.phone if request.HasField("phone") else None,
        email=request.email if request.HasField("email") else None,
    )


def contact_message(given: Contact) -> contact_pb2.Contact:
    return contact_pb2.Contact(
        id=str(given.id),
        name=given.name,
        phone=given.phone or "",
        email=given.email or "",
        created_at=timestamp(given.created_at),
        updated_at=timestamp(given.updated_at),
    )


def receipt(given: Erasure) -> contact_pb2.ErasureReceipt:
    return contact_pb2.ErasureReceipt(
        id=str(given.id),
        erased_at=timestamp(given.erased_at),
        contact_id=str(given.contact_id),
        appointments=given.appointments,
        calls=given.calls,
        tool_calls=given.tool_calls,
        cancelled=given.cancelled,
    )
