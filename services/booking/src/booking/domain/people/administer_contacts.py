"""The people an organization knows, as its staff keep them."""

from dataclasses import dataclass, replace
from uuid import UUID

from booking.domain.errors import ContactNotFound, MalformedContact, MalformedPageToken, MissingName
from booking.domain.people.contacts import (
    LONGEST,
    Contact,
    ContactSearch,
    Patient,
    address,
    e164,
    has_letters,
    single_line,
)
from booking.domain.ports import Unit
from chassis.paging import Page, page_of


@dataclass(frozen=True, slots=True)
class ContactChanges:
    """What shall change of a contact: None stays as it is, an empty number or address is forgotten."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None


async def list_contacts(unit: Unit, search: ContactSearch | None, after: UUID | None, page_size: int) -> Page[Contact]:
    """By name. Raises MalformedPageToken if the contact is gone after which the page would begin."""
    last = None
    if after is not None and (last := await unit.contact(after)) is None:
        raise MalformedPageToken
    return await page_of(lambda limit: unit.contacts(search, last, limit), page_size)


async def get_contact(unit: Unit, contact_id: UUID) -> Contact:
    """Raises ContactNotFound."""
    found = await unit.contact(contact_id)
    if found is None:
        raise ContactNotFound
    return found


async def create_contact(unit: Unit, *, name: str, phone: str, email: str) -> Contact:
    """The contact, or the one there is of the same person. Raises MissingName, MalformedContact."""
    person = Patient(_name(name), _phone(phone), _email(email))
    _check_reachable(person.phone, person.email)
    return await get_contact(unit, await unit.save_contact(person, None))


async def update_contact(unit: Unit, contact_id: UUID, changes: ContactChanges) -> Contact:
    """Raises ContactNotFound, MissingName, MalformedContact, ContactExists."""
    known = await unit.contact_to_change(contact_id)
    if known is None:
        raise ContactNotFound
    changed = replace(
        known,
        name=known.name if changes.name is None else _name(changes.name),
        phone=known.phone if changes.phone is None else _phone(changes.phone),
        email=known.email if changes.email is None else _email(changes.email),
    )
    if changed == known and changes.phone is None:
        return known
    if changes.phone is not None or changes.email is not None:
        _check_reachable(changed.phone, changed.email)
    return await unit.change_contact(changed, phone_entered=changes.phone is not None)


def _name(text: str) -> str:
    name = single_line(text)
    if not has_letters(name):
        raise MissingName
    if len(name) > LONGEST:
        raise MalformedContact("name")
    return name


def _phone(text: str) -> str | None:
    if not text.strip():
        return None
    number = e164(text)
    if number is None:
        raise MalformedContact("phone")
    return number


def _email(text: str) -> str | None:
    if not text.strip():
        return None
    clean = address(text)
    if clean is None:
        raise MalformedContact("email")
    return clean


def _check_reachable(phone: str | None, email: str | None) -> None:
    if phone is None and email is None:
        raise MalformedContact("phone")
