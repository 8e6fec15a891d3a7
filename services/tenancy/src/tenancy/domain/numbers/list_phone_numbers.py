"""Which numbers an organization holds, and held."""

from uuid import UUID

from chassis.paging import Page, page_of
from chassis.tenant import TenantId
from tenancy.domain.numbers.phone_numbers import PhoneNumber
from tenancy.domain.ports import PhoneNumbers


async def list_phone_numbers(
    numbers: PhoneNumbers, tenant: TenantId, *, after: UUID | None, page_size: int, with_former: bool
) -> Page[PhoneNumber]:
    """Oldest first; all of them if no size is asked for."""
    if page_size <= 0:
        return Page(await numbers.list(tenant, after=after, with_former=with_former), more=False)
    return await page_of(
        lambda limit: numbers.list(tenant, after=after, limit=limit, with_former=with_former), page_size
    )
