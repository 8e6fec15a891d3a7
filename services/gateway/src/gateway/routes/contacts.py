"""`/api/contacts`: the people an organization knows, what it keeps of them, and its end."""

from typing import Any, ClassVar

from google.protobuf.json_format import MessageToDict
from msgspec import UNSET, UnsetType
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from chassis.rpc.client import RpcClient
from gateway.http.bodies import Body, given, read_body
from gateway.http.intake import Intake
from gateway.http.principals import Principals, path_id
from gateway.routes.listing import cursor_of, instant_in, limit_of, listed
from gateway.routes.resource import resource
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


class NewContact(Body):
    form: ClassVar[str] = '{"name": text, "phone"?: text with its country code, "email"?: text}, one of both at least'

    name: str
    phone: str | None = None
    email: str | None = None


class ChangedContact(Body):
    form: ClassVar[str] = '{"name"?: text, "phone"?: text with its country code, or null, "email"?: text, or null}'

    name: str | UnsetType = UNSET
    phone: str | UnsetType | None = UNSET
    email: str | UnsetType | None = UNSET


class ContactRoutes:
    def __init__(self, principals: Principals, intake: Intake, booking: RpcClient) -> None:
        self._principals = principals
        self._intake = intake
        self._booking = booking.stub(ContactServiceStub)

    def routes(self) -> list[Route]:
        return [
            resource("/api/contacts", GET=self.list, POST=self.create),
            resource("/api/contacts/{id}", GET=self.get, PATCH=self.update, DELETE=self.erase),
            resource("/api/contacts/{id}/export", GET=self.export),
        ]

    async def list(self, request: Request) -> Response:
        async with self._principals.organization(request):
            page = ListContactsRequest(
                page_size=limit_of(request),
                page_token=cursor_of(request),
                search=request.query_params.get("search", ""),
            )
            found = await self._booking.ListContacts(page)
        return listed(map(_item, found.contacts), found.next_page_token)

    async def create(self, request: Request) -> Response:
        body = await self._intake.body_of(request)
        async with self._principals.organization(request):
            new = read_body(request, body, NewContact)
            wanted = CreateContactRequest(name=new.name, phone=new.phone or "", email=new.email or "")
            made = await self._booking.CreateContact(wanted)
        return JSONResponse(_item(made.contact), status_code=201)

    async def get(self, request: Request) -> Response:
        async with self._principals.organization(request):
            found = await self._booking.GetContact(GetContactRequest(id=path_id(request)))
        return JSONResponse(_item(found.contact))

    async def update(self, request: Request) -> Response:
        body = await self._intake.body_of(request)
        async with self._principals.organization(request):
            wanted = _update(path_id(request), read_body(request, body, ChangedContact))
            changed = await self._booking.UpdateContact(wanted)
        return JSONResponse(_item(changed.contact))

    async def export(self, request: Request) -> Response:
        async with self._principals.organization(request):
            found = await self._booking.ExportContact(ExportContactRequest(id=path_id(request)))
        return JSONResponse(MessageToDict(found.document))

    async def erase(self, request: Request) -> Response:
        """Answers with the receipt: it cannot be had later, since nobody can be asked about any more."""
        async with self._principals.organization(request):
            erased = await self._booking.EraseContact(EraseContactRequest(id=path_id(request)))
        return JSONResponse(_receipt(erased.receipt))


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


def _item(contact: Contact) -> dict[str, Any]:
    return {
        "id": contact.id,
        "name": contact.name,
        "phone": contact.phone or None,
        "email": contact.email or None,
        "created_at": instant_in(contact, "created_at"),
        "updated_at": instant_in(contact, "updated_at"),
    }


def _receipt(receipt: ErasureReceipt) -> dict[str, Any]:
    return {
        "id": receipt.id,
        "erased_at": instant_in(receipt, "erased_at"),
        "contact_id": receipt.contact_id,
        "appointments": receipt.appointments,
        "calls": receipt.calls,
        "tool_calls": receipt.tool_calls,
        "cancelled": receipt.cancelled,
    }
