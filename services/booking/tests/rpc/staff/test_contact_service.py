"""Contacts, as staff keep them and as callers are remembered."""

import asyncio
import base64
from typing import Any

import pytest

from switchboard.booking.v1.contact_service_pb2 import GetContactRequest, ListContactsRequest
from switchboard.booking.v1.contact_service_pb2_grpc import ContactServiceStub

NUMBER = "+14155550123"
ANA = {"name": "Ana Exempla", "phone": NUMBER, "email": "ana@example.com"}


async def test_a_contact_is_kept_in_its_one_spelling(desk: Any) -> None:
    made = await desk.contact(name=" Ana\n Exempla", phone="+1 (415) 555-0123", email=" Ana@Example.COM ")

    assert {"name": made.name, "phone": made.phone, "email": made.email} == ANA
    assert await desk.contacts() == [made]


async def test_the_same_person_is_the_contact_there_is(desk: Any) -> None:
    made = await desk.contact(**ANA)

    assert await desk.contact(name="ANA EXEMPLA", email="") == made
    assert await desk.contact(phone="", email="ana@example.com") == made


async def test_several_people_may_share_a_number(desk: Any) -> None:
    ids = {(await desk.contact(name=name)).id for name in ("Ana Exempla", "Mia Exempla", "Leo Exempla")}

    assert len(ids) == 3


@pytest.mark.parametrize(
    ("person", "reason", "field"),
    [
        ({"name": "??"}, "MISSING_NAME", None),
        ({"name": "x" * 201}, "MALFORMED_CONTACT", "name"),
        ({"phone": "415 555 0123"}, "MALFORMED_CONTACT", "phone"),
        ({"phone": "", "email": ""}, "MALFORMED_CONTACT", "phone"),
        ({"email": "ana at example"}, "MALFORMED_CONTACT", "email"),
    ],
)
async def test_a_person_that_cannot_be_one_is_refused(
    desk: Any, refused: Any, person: dict[str, str], reason: str, field: str | None
) -> None:
    state = await refused(desk.contact(**person))

    assert (state.reason, state.metadata.get("field")) == (reason, field)
    assert await desk.contacts() == []


async def test_who_was_known_by_email_gets_their_number_when_they_call(desk: Any) -> None:
    known = await desk.contact(phone="", email="ana@example.com")

    await desk.book(patient_email="ana@example.com", caller_number=NUMBER)

    (ana,) = await desk.contacts()
    assert (ana.id, ana.phone) == (known.id, NUMBER)


async def test_who_was_known_by_number_gets_the_address_they_give(desk: Any) -> None:
    known = await desk.contact()

    await desk.book(patient_email="ana@example.com")

    (ana,) = await desk.contacts()
    assert (ana.id, ana.email) == (known.id, "ana@example.com")


async def test_who_calls_from_another_number_is_found_by_their_address_and_replaces_nothing(desk: Any) -> None:
    known = await desk.contact(**ANA)

    await desk.book(caller_number="+14155550199", patient_name="ana exempla", patient_email="ana@example.com")

    assert await desk.contacts() == [known]


async def test_who_was_known_by_a_number_and_by_an_address_is_one_when_both_are_told(desk: Any) -> None:
    by_number, by_email = await desk.contact(), await desk.contact(phone="", email="ana@example.com")
    made = await desk.make_appointment(by_email.id, "08:00")

    await desk.book(patient_email="ana@example.com")

    (ana,) = await desk.contacts()
    assert (ana.id, ana.phone, ana.email) == (by_number.id, NUMBER, "ana@example.com")
    assert {one.contact_id for one in await desk.appointments()} == {ana.id}
    assert made.id in {one.id for one in await desk.appointments()}


@pytest.mark.parametrize(
    ("by_number", "by_email"),
    [({"email": "ana@example.org"}, {"phone": ""}), ({}, {"phone": "+14155550199"})],
    ids=["two addresses", "two numbers"],
)
async def test_who_has_two_numbers_or_two_addresses_stays_two_whatever_a_caller_says(
    desk: Any, by_number: dict[str, str], by_email: dict[str, str]
) -> None:
    known = [await desk.contact(**by_number), await desk.contact(**by_email, email="ana@example.com")]

    await desk.book(patient_email="ana@example.com")

    assert sorted(one.id for one in await desk.contacts()) == sorted(one.id for one in known)


async def test_of_two_who_tell_both_in_one_moment_neither_leaves_two(desk: Any) -> None:
    for count in range(12):
        name, email = f"Ana Exempla {count}", f"ana{count}@example.com"
        await asyncio.gather(desk.contact(name=name), desk.contact(name=name, phone="", email=email))
        person = {
            "patient_name": name,
            "patient_email": email,
            "appointment_time": f"{8 + count // 2:02}:{count % 2 * 30:02}",
        }
        await asyncio.gather(*(desk.book(**person, practitioner=room) for room in ("Room 1", "Room 2")))

    assert len(await desk.contacts()) == 12


async def test_of_many_who_tell_both_at_once_one_contact_is_left_with_all_appointments(desk: Any) -> None:
    await desk.contact()
    await desk.contact(phone="", email="ana@example.com")
    times = [f"{hour:02}:{minute:02}" for hour in range(8, 16) for minute in (0, 30)]

    rooms = ["Room 1", "Room 2"]
    booking = [
        desk.book(patient_email="ana@example.com", appointment_time=time, practitioner=rooms[count % 2])
        for count, time in enumerate(times)
    ]
    replies = await asyncio.gather(*booking)

    assert {reply.data["outcome"] for reply in replies} == {"booked"}
    (ana,) = await desk.contacts()
    assert [one.contact_id for one in await desk.appointments()] == [ana.id] * len(times)


@pytest.mark.parametrize(
    "people",
    [
        [{"phone": NUMBER}],
        [{"phone": "", "email": "ana@example.com"}],
        [{"phone": NUMBER, "email": "ana@example.com"}, {"phone": "", "email": "ana@example.com"}],
        [{"phone": NUMBER}, {"phone": NUMBER, "email": "ana@example.com"}],
    ],
    ids=["by number", "by address", "by both and by address", "by number and by both"],
)
async def test_of_64_who_are_one_person_at_once_one_contact_comes(desk: Any, people: list[dict[str, str]]) -> None:
    made = await asyncio.gather(*(desk.contact(**people[count % len(people)]) for count in range(64)))

    assert len({one.id for one in made}) == 1
    (ana,) = await desk.contacts()
    everything = {field: value for person in people for field, value in person.items() if value}
    assert {field: getattr(ana, field) for field in everything} == everything


async def test_what_a_change_does_not_name_stays(desk: Any) -> None:
    made = await desk.contact(**ANA)

    changed = await desk.change_contact(made.id, email="ana@example.org")

    assert (changed.name, changed.phone, changed.email) == ("Ana Exempla", NUMBER, "ana@example.org")
    assert changed.updated_at.ToDatetime() > made.updated_at.ToDatetime()


async def test_an_empty_number_is_forgotten(desk: Any) -> None:
    made = await desk.contact(**ANA)

    assert (await desk.change_contact(made.id, phone="")).phone == ""


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"name": " "}, "MISSING_NAME"),
        ({"phone": "12"}, "MALFORMED_CONTACT"),
        ({"email": "nowhere"}, "MALFORMED_CONTACT"),
        ({"phone": "", "email": ""}, "MALFORMED_CONTACT"),
    ],
)
async def test_a_change_that_cannot_be_changes_nothing(
    desk: Any, refused: Any, changes: dict[str, str], reason: str
) -> None:
    made = await desk.contact(**ANA)

    assert (await refused(desk.change_contact(made.id, **changes))).reason == reason
    assert await desk.contacts() == [made]


@pytest.mark.parametrize(
    ("changes", "email"),
    [({"name": "ana EXEMPLA"}, ""), ({"name": "Ana Exempla", "phone": "", "email": "ana@example.com"}, "")],
    ids=["by number", "by address"],
)
async def test_a_change_does_not_make_somebody_another_person_there_is(
    desk: Any, refused: Any, changes: dict[str, str], email: str
) -> None:
    ana, mia = await desk.contact(**ANA), await desk.contact(name="Mia Exempla", email=email)

    state = await refused(desk.change_contact(mia.id, **changes))

    assert (state.reason, state.metadata) == ("CONTACT_EXISTS", {})
    assert await desk.contacts() == [ana, mia]


@pytest.mark.parametrize("contact_id", ["", "seven", "6f7e6735-ca62-42d6-af42-05665772bb2e"])
async def test_who_is_not_known_is_not_found(desk: Any, refused: Any, contact_id: str) -> None:
    asked = [
        desk.ask(ContactServiceStub, "GetContact", GetContactRequest(id=contact_id)),
        desk.change_contact(contact_id, name="Ana"),
        desk.export(contact_id),
        desk.erase(contact_id),
    ]

    assert {(await refused(one)).reason for one in asked} == {"CONTACT_NOT_FOUND"}


async def test_pages_by_name_show_everybody_once(desk: Any) -> None:
    names = sorted(f"Patient {number % 5} {chr(97 + number)}" for number in range(13))
    for name in reversed(names):
        await desk.contact(name=name)

    seen, token = [], ""
    while len(seen) < len(names):
        request = ListContactsRequest(page_size=4, page_token=token)
        page = await desk.ask(ContactServiceStub, "ListContacts", request)
        seen += [one.name for one in page.contacts]
        token = page.next_page_token

    assert seen == names
    assert token == ""


async def test_a_page_token_tells_nothing_of_a_person(desk: Any) -> None:
    for name in ("Ana Exempla", "Mia Exempla"):
        await desk.contact(name=name)

    page = await desk.ask(ContactServiceStub, "ListContacts", ListContactsRequest(page_size=1))

    assert b"ana" not in base64.urlsafe_b64decode(page.next_page_token).lower()


@pytest.mark.parametrize("token", ["!", "bm90aGluZw==", "wFx-SscgQJS0dh3N46V8Kg=="])
async def test_a_page_token_that_was_not_made_here_is_refused(desk: Any, refused: Any, token: str) -> None:
    request = ListContactsRequest(page_token=token)

    state = await refused(desk.ask(ContactServiceStub, "ListContacts", request))

    assert state.reason == "MALFORMED_PAGE_TOKEN"


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("ana", ["Ana Exempla", "Mariana Sample"]),
        ("A EXEM", ["Ana Exempla"]),
        ("+1 415 555 0123", ["Ana Exempla"]),
        ("MARI@example.com", ["Mariana Sample"]),
        ("mari@example", []),
        ("555", []),
        ("%", []),
        ("_na", []),
        ("\\", []),
    ],
)
async def test_a_part_of_a_name_or_a_whole_number_or_address_is_searched(
    desk: Any, search: str, found: list[str]
) -> None:
    await desk.contact()
    await desk.contact(name="Mariana Sample", phone="+14155550199", email="mari@example.com")

    assert [one.name for one in await desk.contacts(search)] == found


async def test_an_organization_sees_its_own_contacts_only(desk: Any, open_clinic: Any, refused: Any) -> None:
    other = await open_clinic()
    ana = await desk.contact()

    assert await other.contacts() == []
    assert (await other.contact()).id != ana.id
    assert (await refused(other.change_contact(ana.id, name="Mine"))).reason == "CONTACT_NOT_FOUND"
