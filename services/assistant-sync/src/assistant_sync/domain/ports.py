"""What the use-cases need of the store, of tenancy and of Vapi."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from assistant_sync.domain.agent import Agent, AgentType, Changes, CreateIntent, Json, PendingReason
from chassis.tenant import TenantId


class Agents(Protocol):
    """Each method is one transaction; none is open while Vapi or tenancy is asked."""

    async def get(self, tenant: TenantId, agent_type: AgentType) -> Agent | None: ...

    async def all_of(self, tenant: TenantId) -> list[Agent]:
        """In the order of their types."""
        ...

    async def pending_everywhere(self) -> list[tuple[TenantId, AgentType]]: ...

    async def keep(self, tenant: TenantId, agent_type: AgentType, changes: Changes) -> tuple[Agent | None, Agent]:
        """Store what a save changes, as UNFINISHED; answers the agent before and after it."""
        ...

    async def put_back(self, tenant: TenantId, before: Agent | None, refused: Agent) -> None:
        """Undo a save; what a later one named stays."""
        ...

    async def record(self, tenant: TenantId, agent: Agent, pending: PendingReason | None) -> Agent:
        """Store the outcome for this version of the agent; a later version is left alone and answered."""
        ...

    async def intend_to_create(self, tenant: TenantId, agent_type: AgentType, at: datetime) -> CreateIntent:
        """Record that a create is attempted now; an earlier intent keeps its id."""
        ...

    async def forget_intent(self, tenant: TenantId, agent_type: AgentType) -> None:
        """Vapi certainly created nothing."""
        ...

    async def remember_assistant(self, tenant: TenantId, agent_type: AgentType, assistant_id: str) -> None:
        """Raises AssistantTaken."""
        ...


class Leases(Protocol):
    """Who works on an agent: one at a time, across all replicas."""

    def held(self, tenant: TenantId, agent_type: AgentType, *, patience: float) -> AbstractAsyncContextManager[bool]:
        """Hold the lease inside the block. False if somebody else held it for all of `patience` seconds."""
        ...


class AssistantRegistry(Protocol):
    """Tenancy, which takes an assistant's id as evidence of whose call it is."""

    async def knows(self, tenant: TenantId) -> bool:
        """Whether there is an active organization of that id. Raises RegistryAway."""
        ...

    async def register(self, assistant_id: str) -> None:
        """For the tenant in scope; safe to repeat. Raises AssistantTaken, RegistryAway."""
        ...


class VapiAssistants(Protocol):
    """The assistants of one Vapi account. Every method may raise any VapiTrouble."""

    async def get(self, assistant_id: str) -> Json: ...

    def all(self) -> AsyncIterator[Json]:
        """Every assistant of the account."""
        ...

    async def create(self, fields: Json) -> str:
        """Asked once, never repeated: answers the new assistant's id."""
        ...

    async def patch(self, assistant_id: str, fields: Json) -> None:
        """Each field that is sent replaces Vapi's whole; None clears it. Repeated while Vapi is away."""
        ...
