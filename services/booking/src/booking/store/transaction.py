"""What every group of queries stands on."""

from sqlalchemy.ext.asyncio import AsyncSession

from booking.domain.schedule.holds import Asking
from chassis.tenant import TenantId


class InTransaction:
    """Queries of one transaction of one organization. The organization is named in each, beside row security."""

    session: AsyncSession
    tenant: TenantId
    asking: Asking
