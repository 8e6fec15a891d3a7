"""Reading the audit log."""

from chassis.paging import Page, page_of
from tenancy.domain.audit.entries import AuditEntry
from tenancy.domain.errors import MalformedOrganizationId
from tenancy.domain.ports import AuditLog
from tenancy.domain.text import uuid_of


async def list_audit_entries(
    log: AuditLog, *, organization_id: str, before: int | None, page_size: int
) -> Page[AuditEntry]:
    """Newest first, of one organization, or of all and the platform if it is empty. Raises MalformedOrganizationId."""
    organization = uuid_of(organization_id)
    if organization_id and organization is None:
        raise MalformedOrganizationId
    return await page_of(lambda limit: log.before(organization, before, limit), page_size)
