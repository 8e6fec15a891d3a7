"""Assistants in Vapi, as evidence of whose call it is."""

from chassis.tenant import TenantId
from tenancy.domain.errors import MalformedAssistantId
from tenancy.domain.ports import Assistants
from tenancy.domain.text import uuid_of


async def register_assistant(assistants: Assistants, tenant: TenantId, vapi_assistant_id: str) -> None:
    """Make the assistant's id evidence for the organization. Done again, it changes nothing.

    Raises MalformedAssistantId, AssistantTaken, OrganizationNotFound.
    """
    if (assistant_id := uuid_of(vapi_assistant_id)) is None:
        raise MalformedAssistantId
    await assistants.register(tenant, assistant_id)
