"""What a caller may be offered: the service they mean, in the calendars they mean."""

from collections.abc import Sequence
from dataclasses import dataclass

from booking.domain.ports import Unit
from booking.domain.reception.outcomes import NothingToBook, UnknownPractitioner, UnknownService
from booking.domain.schedule.calendars import Calendar, meant_calendars
from booking.domain.schedule.services import Service, wanted_service


@dataclass(frozen=True, slots=True)
class Offer:
    """A service, and the calendars it is looked for in: at least one, in the order in which they are locked."""

    service: Service
    calendars: Sequence[Calendar]
    one_of_several: bool = False
    """Whether it is offered in more calendars than one, whichever are meant."""


async def find_offer(
    unit: Unit, *, service_type: str, practitioner: str
) -> Offer | NothingToBook | UnknownService | UnknownPractitioner:
    """What a caller means by their words for a service and for whom they want to see; each may be empty."""
    calendars, services = await unit.bookable()
    bookable = [one for one in services if any(one.offered_in(calendar.id) for calendar in calendars)]
    if not bookable:
        return NothingToBook()
    service = wanted_service(bookable, service_type)
    if service is None:
        return UnknownService(bookable)
    offering = [calendar for calendar in calendars if service.offered_in(calendar.id)]
    meant = meant_calendars(offering, practitioner)
    return Offer(service, meant, len(offering) > 1) if meant else UnknownPractitioner(service, offering)
