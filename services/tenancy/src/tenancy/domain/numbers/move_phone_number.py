"""Moving a number from one organization to another."""

from chassis.tenant import TenantId
from tenancy.domain.errors import MalformedOrganizationId, PhoneNumberNotFound
from tenancy.domain.numbers.phone_numbers import PhoneNumber, description_of, normalise
from tenancy.domain.ports import PhoneNumbers
from tenancy.domain.text import uuid_of


async def move_phone_number(
    numbers: PhoneNumbers,
    receiver: TenantId,
    *,
    number: str,
    holder: str,
    clinic_name: str | None = None,
    vapi_phone_number_id: str | None = None,
) -> PhoneNumber:
    """Give the number that `holder` holds to the receiver, from now on. Done again, it changes nothing.

    Vapi's id of it moves along if it is None, and is forgotten if it is empty.
    Raises MalformedPhoneNumber, MalformedPhoneNumberId, MalformedOrganizationId, PhoneNumberNotFound, PhoneNumberTaken,
    OrganizationNotFound.
    """
    if (holder_id := uuid_of(holder)) is None:
        raise MalformedOrganizationId
    description = description_of(clinic_name=clinic_name, vapi_phone_number_id=vapi_phone_number_id)
    moved = await numbers.move(receiver, normalise(number), holder_id, description)
    if moved is None:
        raise PhoneNumberNotFound
    return moved
