"""Giving a number to an organization."""

from chassis.tenant import TenantId
from tenancy.domain.numbers.phone_numbers import PhoneNumber, description_of, normalise
from tenancy.domain.ports import PhoneNumbers


async def map_phone_number(
    numbers: PhoneNumbers,
    tenant: TenantId,
    *,
    number: str,
    clinic_name: str | None = None,
    vapi_phone_number_id: str | None = None,
) -> PhoneNumber:
    """Give a number to the organization, or say something anew of its own number.

    What is None stays as it is; an empty id of Vapi's is forgotten.
    Raises MalformedPhoneNumber, MalformedPhoneNumberId, PhoneNumberTaken, OrganizationNotFound.
    """
    description = description_of(clinic_name=clinic_name, vapi_phone_number_id=vapi_phone_number_id)
    return await numbers.map(tenant, normalise(number), description)
