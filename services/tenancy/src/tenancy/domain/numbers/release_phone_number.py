"""Taking a number away from an organization."""

from chassis.tenant import TenantId
from tenancy.domain.errors import PhoneNumberNotFound
from tenancy.domain.numbers.phone_numbers import PhoneNumber
from tenancy.domain.ports import PhoneNumbers
from tenancy.domain.text import uuid_of


async def release_phone_number(numbers: PhoneNumbers, tenant: TenantId, phone_number_id: str) -> PhoneNumber:
    """End the organization's holding of a number now. Raises PhoneNumberNotFound, also if it was released before."""
    established = uuid_of(phone_number_id)
    released = None if established is None else await numbers.release(tenant, established)
    if released is None:
        raise PhoneNumberNotFound
    return released
