"""Who calls, as far as the number alone tells."""

from booking.domain.people.contacts import calling_number
from booking.domain.ports import Unit


async def name_caller(unit: Unit, caller_number: str, called_number: str) -> str | None:
    """The name of the one contact of the number that the call comes from; None if that is nobody, or one of several."""
    number = calling_number(caller_number, called_number)
    contacts = await unit.contacts_of_number(number) if number else ()
    return contacts[0].name if len(contacts) == 1 else None
