"""The people an organization knows, for its staff."""

from booking.domain.people.administer_contacts import create_contact, get_contact, list_contacts, update_contact
from booking.domain.people.contacts import search_for
from booking.domain.people.erase_contact import erase_contact
from booking.domain.people.export_contact import export_contact
from booking.domain.people.name_caller import name_caller
from booking.domain.ports import Store
from booking.rpc.convert import contacts as convert
from booking.rpc.convert.dossiers import part_of
from booking.rpc.convert.paging import count_in, id_in, id_token
from booking.rpc.deeds import note
from chassis.clock import Clock
from chassis.rpc.interceptors import Context
from chassis.tenant import current_tenant
from switchboard.booking.v1.contact_service_pb2 import (
    CreateContactRequest,
    CreateContactResponse,
    EraseContactRequest,
    EraseContactResponse,
    ExportContactRequest,
    ExportContactResponse,
    GetCallerNameRequest,
    GetCallerNameResponse,
    GetContactRequest,
    GetContactResponse,
    ListContactsRequest,
    ListContactsResponse,
    UpdateContactRequest,
    UpdateContactResponse,
)
from switchboard.booking.v1.contact_service_pb2_grpc import ContactServiceServicer


class ContactServicer(ContactServiceServicer):
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def ListContacts(self, request: ListContactsRequest, context: Context) -> ListContactsResponse:
        async with self._store.unit(current_tenant()) as unit:
            after = id_in(request.page_token)
            page = await list_contacts(unit, search_for(request.search), after, request.page_size)
        return ListContactsResponse(
            contacts=[convert.contact_message(one) for one in page.items],
            next_page_token=id_token(page.items[-1].id) if page.more else "",
        )

    async def GetContact(self, request: GetContactRequest, context: Context) -> GetContactResponse:
        async with self._store.unit(current_tenant()) as unit:
            found = await get_contact(unit, convert.contact_id(request.id))
        return GetContactResponse(contact=convert.contact_message(found))

    async def GetCallerName(self, request: GetCallerNameRequest, context: Context) -> GetCallerNameResponse:
        async with self._store.unit(current_tenant()) as unit:
            name = await name_caller(unit, request.caller_number, request.called_number)
        return GetCallerNameResponse(name=name or "")

    async def CreateContact(self, request: CreateContactRequest, context: Context) -> CreateContactResponse:
        async with self._store.unit(current_tenant()) as unit:
            made = await create_contact(unit, name=request.name, phone=request.phone, email=request.email)
        note("contact.created", made.id)
        return CreateContactResponse(contact=convert.contact_message(made))

    async def UpdateContact(self, request: UpdateContactRequest, context: Context) -> UpdateContactResponse:
        async with self._store.unit(current_tenant()) as unit:
            contact_id, changes = convert.contact_id(request.id), convert.contact_changes(request)
            changed = await update_contact(unit, contact_id, changes)
        note("contact.updated", changed.id)
        return UpdateContactResponse(contact=convert.contact_message(changed))

    async def ExportContact(self, request: ExportContactRequest, context: Context) -> ExportContactResponse:
        after = count_in(request.page_token)
        async with self._store.unit(current_tenant()) as unit:
            dossier = await export_contact(unit, convert.contact_id(request.id))
        if not request.page_token:
            note("contact.exported", dossier.contact.id)
        return part_of(dossier, after)

    async def EraseContact(self, request: EraseContactRequest, context: Context) -> EraseContactResponse:
        async with self._store.unit(current_tenant()) as unit:
            erasure = await erase_contact(unit, self._clock(), convert.contact_id(request.id))
        note("contact.erased", erasure.contact_id)
        return EraseContactResponse(receipt=convert.receipt(erasure))
