"""Whether the clinic knows who calls.

Only contacts of the number that the call really comes from are looked at. What the caller says chooses among them and
finds nobody else, so nothing that is typed tells anything of other people, not even that there are any.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from booking.domain.people.contacts import KnownContact, e164, name_key, region_of, single_line
from booking.domain.ports import Unit
from booking.domain.reception.outcomes import CallerKnown, CallerUnknown, Outcome


@dataclass(frozen=True, slots=True)
class CallerQuestion:
    """What was told (`search_type`: phone, name or email), and the number that the call itself comes from."""

    search_key: str
    search_type: str
    caller_number: str


async def look_up_caller(unit: Unit, question: CallerQuestion) -> Outcome:
    number = e164(question.caller_number)
    if number is None:
        return CallerUnknown()
    found = _chosen(await unit.contacts_of_number(number), question, number)
    if not found:
        return CallerUnknown()
    if question.search_type == "name":
        return CallerKnown([contact.id for contact in found], [single_line(question.search_key)])
    return CallerKnown([contact.id for contact in found], [contact.name for contact in found])


def _chosen(contacts: Sequence[KnownContact], question: CallerQuestion, number: str) -> Sequence[KnownContact]:
    told = name_key(single_line(question.search_key))
    match question.search_type:
        case "phone":
            return contacts if e164(told, region_of(number)) == number else ()
        case "email":
            return [contact for contact in contacts if told and contact.email == told]
        case "name":
            words = set(told.split())
            return [contact for contact in contacts if words and words <= set(name_key(contact.name).split())]
    return ()
