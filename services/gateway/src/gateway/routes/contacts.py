"""`/api/contacts`: the people an organization knows, what it keeps of them, and its end."""

from typing import Annotated, Any, ClassVar

from msgspec import UNSET, Meta, Struct, UnsetType

from chassis.rpc.client import RpcClient
from gateway.http.answers import Created, Page, Rfc3339, Uuid, page
from gateway.http.bodies import Body, given
from gateway.http.operations import Resource, operation, resource
from gateway.http.parameters import Named, Paging
from gateway.routes.listing import instant_in
from gateway.structs import json_of
from switchboard.booking.v1.contact_service_pb2 import (
    Contact,
    CreateContactRequest,
    EraseContactRequest,
    ErasureReceipt,
    ExportContactRequest,
    GetContactRequest,
    ListContactsRequest,
    UpdateContactRequest,
)
from switchboard.booking.v1.contact_service_pb2_grpc import ContactServiceStub
from switchboard.tenancy.v1.audit_service_pb2 import RecordReadingRequest
from switchboard.tenancy.v1.audit_service_pb2_grpc import AuditServiceStub

_OF_ONE = {404: ("CONTACT_NOT_FOUND",)}
_SECONDS_TO_EXPORT = 20.0
_OF_FIELDS = {400: ("MISSING_NAME", "MALFORMED_CONTACT")}


class Search(Paging):
    search: Annotated[str, Meta(description="A part of a name, a number or an address.")] = ""


class NewContact(Body):
    form: ClassVar[str] = '{"name": text, "phone"?: text with its country code, "email"?: text}, one of both at least'
    example: ClassVar = {"name": "Ana Exempla", "phone": "+14155550177"}

    name: str
    phone: str | None = None
    email: str | None = None


class ChangedContact(Body):
    form: ClassVar[str] = '{"name"?: text, "phone"?: text with its country code, or null, "email"?: text, or null}'
    example: ClassVar = {"email": "ana@example.com"}

    name: str | UnsetType = UNSET
    phone: str | UnsetType | None = UNSET
    email: str | UnsetType | None = UNSET


class ContactItem(Struct):
    id: Uuid
    name: str
    phone: str | None
    email: str | None
    created_at: Rfc3339 | None
    updated_at: Rfc3339 | None


class Receipt(Struct):
    """How much of a person was erased, by what it was."""

    id: Uuid
    erased_at: Rfc3339 | None
    contact_id: Uuid
    appointments: int
    calls: int
    tool_calls: int
    cancelled: int


class ContactRoutes:
    def __init__(self, tenancy: RpcClient, booking: RpcClient) -> None:
        self._note = tenancy.stub(AuditServiceStub).RecordReading
        self._booking = booking.stub(ContactServiceStub)

    def resources(self) -> list[Resource]:
        return [
            resource(
                "/api/contacts",
                GET=operation(self.list, "List contacts, or find some"),
                POST=operation(self.create, "Add a contact", problems=_OF_FIELDS),
            ),
            resource(
                "/api/contacts/{id}",
                GET=operation(self.get, "Read a contact", problems=_OF_ONE),
                PATCH=operation(
                    self.update, "Change a contact", problems={**_OF_ONE, **_OF_FIELDS, 409: ("CONTACT_EXISTS",)}
                ),
                DELETE=operation(self.erase, "Erase a person", problems=_OF_ONE),
            ),
            resource(
                "/api/contacts/{id}/export",
                GET=operation(
                    self.export, "Export all that is kept of a person", seconds=_SECONDS_TO_EXPORT, problems=_OF_ONE
                ),
            ),
        ]

    async def list(self, wanted: Search) -> Page[ContactItem]:
        found = await self._booking.ListContacts(
            ListContactsRequest(page_size=wanted.limit, page_token=wanted.cursor, search=wanted.search)
        )
        return page(map(_item, found.contacts), found.next_page_token)

    async def create(self, new: NewContact) -> Created[ContactItem]:
        """Answers the contact there is, if the person is known already."""
        wanted = CreateContactRequest(name=new.name, phone=new.phone or "", email=new.email or "")
        made = await self._booking.CreateContact(wanted)
        return Created(_item(made.contact))

    async def get(self, contact: Named) -> ContactItem:
        found = await self._booking.GetContact(GetContactRequest(id=contact.id))
        return _item(found.contact)

    async def update(self, contact: Named, changed: ChangedContact) -> ContactItem:
        return _item((await self._booking.UpdateContact(_update(contact.id, changed))).contact)

    async def export(self, contact: Named) -> dict[str, Any]:
        """All of it in one answer, however much there is. The audit log tells who had it."""
        kept = await self._all_of(contact)
        await self._note(RecordReadingRequest(what=RecordReadingRequest.CONTACT, subject=contact.id))
        return kept

    async def _all_of(self, contact: Named) -> dict[str, Any]:
        wanted = ExportContactRequest(id=contact.id)
        kept: dict[str, Any] = {}
        while True:
            part = await self._booking.ExportContact(wanted)
            for name, told in json_of(part.document).items():
                kept[name] = [*kept.get(name, ()), *told] if isinstance(told, list) else told
            if not part.next_page_token:
                return kept
            wanted.page_token = part.next_page_token

    async def erase(self, contact: Named) -> Receipt:
        """Answers with the receipt: it cannot be had later, since nobody can be asked about any more."""
        erased = await self._booking.EraseContact(EraseContactRequest(id=contact.id))
        return _receipt(erased.receipt)


def _update(contact_id: str, changed: ChangedContact) -> UpdateContactRequest:
    return UpdateContactRequest(
        id=contact_id,
        name=given(changed.name),
        phone=_forgotten_or_given(changed.phone),
        email=_forgotten_or_given(changed.email),
    )


def _forgotten_or_given(value: str | UnsetType | None) -> str | None:
    """In a body null says that there is none; in a message that is empty, and None says nothing."""
    return "" if value is None else given(value)


def _item(contact: Contact) -> ContactItem:
    return ContactItem(
        id=contact.id,
        name=contact.name,
        phone=contact.phone or None,
        email=contact.email or None,
        created_at=instant_in(contact, "created_at"),
        updated_at=instant_in(contact, "updated_at"),
    )


def _receipt(receipt: ErasureReceipt) -> Receipt:
    return Receipt(
        id=receipt.id,
        erased_at=instant_in(receipt, "erased_at"),
        contact_id=receipt.contact_id,
        appointments=receipt.appointments,
        calls=receipt.calls,
        tool_calls=receipt.tool_calls,
        cancelled=receipt.cancelled,
    )
