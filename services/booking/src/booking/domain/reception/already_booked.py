"""What a caller has already: told to whoever rings back from the number it was booked from, and to nobody else."""

from datetime import datetime

from booking.domain.people.contacts import name_key
from booking.domain.ports import Unit
from booking.domain.reception.outcomes import AlreadyBooked
from booking.domain.schedule.appointments import Slot, Status


async def already_booked(
    unit: Unit, now: datetime, caller_number: str | None, slot: Slot, patients_name_key: str = ""
) -> AlreadyBooked | None:
    """Of that patient, if one is named, at the slot's time for the slot's service, in whichever calendar."""
    if caller_number is None:
        return None
    for one in await unit.appointments_of_number(caller_number, now):
        same_time = one.starts_at == slot.start and one.service_id == slot.service.id
        if same_time and one.status is Status.BOOKED and patients_name_key in {"", name_key(one.patient_name)}:
            return AlreadyBooked(one)
    return None
