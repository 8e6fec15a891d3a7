"""Giving a number to an organization."""

from chassis.tenant import TenantId
from tenancy.domain.errors import MalformedPhoneNumberId
from tenancy.domain.phone_numbers import Description, PhoneNumber, normalise
from tenancy.domain.ports import PhoneNumbers
from tenancy.domain.text import label, uuid_of


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
    description: Description = {}
    if clinic_name is not None:
        description["clinic_name"] = label(clinic_name)
    if vapi_phone_number_id is not None:
        vapi_id = uuid_of(vapi_phone_number_id)
        if vapi_phone_number_id and vapi_id is None:
            raise MalformedPhoneNumberId
        description["vapi_phone_number_id"] = vapi_id
    return await numbers.map(tenant, normalise(number), description)
