"""Contacts over HTTP: kept, exported, erased."""

import pytest
from google.protobuf.json_format import ParseDict
from google.protobuf.struct_pb2 import Struct
from google.protobuf.timestamp_pb2 import Timestamp

from chassis.errors import Kind, RemoteError
from services.gateway.tests.http.staff import ID, OTHER_ID, ask, heard, told
from switchboard.booking.v1 import contact_service_pb2 as contacts
from switchboard.tenancy.v1.audit_service_pb2 import RecordReadingRequest

MADE, CHANGED = "2027-03-09T17:30:00Z", "2027-03-10T08:00:00Z"
ODILE = {
    "id": ID,
    "name": "Odile Ferrant",
    "phone": "+12065550177",
    "email": None,
    "created_at": MADE,
    "updated_at": CHANGED,
}


def at(written: str) -> Timestamp:
    instant = Timestamp()
    instant.FromJsonString(written)
    return instant


CONTACT = contacts.Contact(
    id=ID, name="Odile Ferrant", phone="+12065550177", created_at=at(MADE), updated_at=at(CHANGED)
)


async def test_a_contact_is_made_of_what_is_sent_and_shown_whole(room):
    room.booking.answer = contacts.CreateContactResponse(contact=CONTACT)
    answer = await ask(room, "POST", "/api/contacts", {"name": "Odile Ferrant", "phone": "+1 206 555 0177"})
    assert (answer.status_code, answer.json()) == (201, ODILE)
    assert heard(room) == contacts.CreateContactRequest(name="Odile Ferrant", phone="+1 206 555 0177")


async def test_a_contact_is_read(room):
    room.booking.answer = contacts.GetContactResponse(contact=CONTACT)
    assert await told(room, "GET", f"/api/contacts/{ID}") == ODILE
    assert heard(room) == contacts.GetContactRequest(id=ID)


async def test_contacts_are_searched_page_by_page(room):
    room.booking.answer = contacts.ListContactsResponse(contacts=[CONTACT], next_page_token="more")
    page = await told(room, "GET", "/api/contacts", search="odile", limit="7", cursor="here")
    assert page == {"items": [ODILE], "next_cursor": "more"}
    assert heard(room) == contacts.ListContactsRequest(page_size=7, page_token="here", search="odile")


async def test_what_is_not_named_is_left_absent(room):
    room.booking.answer = contacts.UpdateContactResponse(contact=CONTACT)
    await told(room, "PATCH", f"/api/contacts/{ID}", {"name": "Odile F."})
    assert heard(room) == contacts.UpdateContactRequest(id=ID, name="Odile F.")


@pytest.mark.parametrize("field", ["phone", "email"])
@pytest.mark.parametrize("nothing", [None, ""])
async def test_what_is_said_to_be_nothing_is_forgotten(room, field, nothing):
    room.booking.answer = contacts.UpdateContactResponse(contact=CONTACT)
    await told(room, "PATCH", f"/api/contacts/{ID}", {field: nothing})
    assert (heard(room).HasField(field), getattr(heard(room), field)) == (True, "")


async def test_what_is_kept_of_a_person_is_exported_as_booking_tells_it(room):
    kept = {
        "contact": {"name": "Odile Ferrant", "email": None},
        "appointments": [{"cost": 1.5}],
        "calls": [{"seconds": 90}],
    }
    room.booking.answer = contacts.ExportContactResponse(document=ParseDict(kept, Struct()))
    assert await told(room, "GET", f"/api/contacts/{ID}/export") == kept
    assert b'"seconds":90}' in (await ask(room, "GET", f"/api/contacts/{ID}/export")).content
    assert {heard.request.id for heard in room.booking.heard} == {ID}


async def test_an_export_in_parts_is_answered_whole(room):
    def part(request):
        number = int(request.page_token or "0")
        document = {"contact": {"name": "Odile"}, "calls": [{"id": f"k-{number}"}], "events": []}
        following = str(number + 1) if number < 2 else ""
        return contacts.ExportContactResponse(document=ParseDict(document, Struct()), next_page_token=following)

    room.booking.answer = part

    assert await told(room, "GET", f"/api/contacts/{ID}/export") == {
        "contact": {"name": "Odile"}, "calls": [{"id": "k-0"}, {"id": "k-1"}, {"id": "k-2"}], "events": [],
    }  # fmt: skip
    assert [heard.request.page_token for heard in room.booking.heard] == ["", "1", "2"]


async def test_an_export_is_noted_once_however_many_parts_it_has(room):
    def part(request):
        following = "" if request.page_token else "1"
        return contacts.ExportContactResponse(document=ParseDict({"calls": []}, Struct()), next_page_token=following)

    room.booking.answer = part
    await told(room, "GET", f"/api/contacts/{ID}/export")
    noted = [reading.request for reading in room.tenancy.readings]
    assert noted == [RecordReadingRequest(what=RecordReadingRequest.CONTACT, subject=ID)]


async def test_what_cannot_be_noted_is_not_exported(room):
    document = ParseDict({"calls": [{"transcript": "User: Odile here."}]}, Struct())
    room.booking.answer = contacts.ExportContactResponse(document=document)
    room.tenancy.readings_fail = RemoteError(Kind.UNAVAILABLE, "DATABASE_UNAVAILABLE")
    answer = await ask(room, "GET", f"/api/contacts/{ID}/export")
    assert (answer.status_code, "Odile" in answer.text) == (503, False)


async def test_an_erased_person_leaves_a_receipt(room):
    receipt = contacts.ErasureReceipt(
        id=OTHER_ID, erased_at=at(CHANGED), contact_id=ID, appointments=3, calls=2, tool_calls=5, cancelled=1
    )
    room.booking.answer = contacts.EraseContactResponse(receipt=receipt)
    answer = await ask(room, "DELETE", f"/api/contacts/{ID}")
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "id": OTHER_ID,
            "erased_at": CHANGED,
            "contact_id": ID,
            "appointments": 3,
            "calls": 2,
            "tool_calls": 5,
            "cancelled": 1,
        },
    )
    assert heard(room) == contacts.EraseContactRequest(id=ID)
