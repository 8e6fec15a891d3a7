"""Moving a number from one organization to another."""

from chassis.tenant import TenantId
from tenancy.domain.errors import MalformedOrganizationId, PhoneNumberNotFound
from tenancy.domain.phone_numbers import PhoneNumber, normalise
from tenancy.domain.ports import PhoneNumbers
from tenancy.domain.text import label, uuid_of


async def move_phone_number(
    numbers: PhoneNumbers, receiver: TenantId, *, number: str, holder: str, clinic_name: str | None = None
) -> PhoneNumber:
    """Give the number that `holder` holds to the receiver, from now on. Done again, it changes nothing.

    Raises MalformedPhoneNumber, MalformedOrganizationId, PhoneNumberNotFound, OrganizationNotFound.
    """
    if (holder_id := uuid_of(holder)) is None:
        raise MalformedOrganizationId
    name = None if clinic_name is None else label(clinic_name)
    moved = await numbers.move(receiver, normalise(number), holder_id, name)
    if moved is None:
        raise PhoneNumberNotFound
    return moved
