"""What the use-cases need of the store, of tenancy and of Vapi."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from assistant_sync.domain.addresses import Addresses
from assistant_sync.domain.agents.agent import Agent, AgentType, Changes, CreateIntent, Json, PendingReason, Seen
from assistant_sync.domain.agents.clinic import Clinic
from assistant_sync.domain.agents.owned import ToolIds
from assistant_sync.domain.calls.comparison import Comparison, DayOfCalls, Listed, Missing, MissingCall
from assistant_sync.domain.calls.vapi_call import Evidence, Page, VapiCall
from assistant_sync.domain.departments.department import Department
from assistant_sync.domain.drift.drift import UrlWarning
from assistant_sync.domain.live_call.answers import Answer, Given, ToolCall, Tried
from assistant_sync.domain.numbers.number import PhoneNumber
from assistant_sync.domain.numbers.pointed import PointedNumber
from assistant_sync.domain.reconciling.share import Share
from assistant_sync.domain.reconciling.work import Lease, Work, WorkKind
from assistant_sync.domain.rollouts.rollout import Begun, Placed, Rollout, State, Target, TargetKind
from assistant_sync.domain.tools.published import FormerTool, PublishedTool
from assistant_sync.domain.tools.tool import ToolServer
from chassis.tenant import TenantId


class Agents(Protocol):
    """Each method is one transaction; none is open while Vapi or tenancy is asked."""

    async def get(self, tenant: TenantId, agent_type: AgentType) -> Agent | None: ...

    async def all_of(self, tenant: TenantId) -> list[Agent]:
        """In the order of their types."""
        ...

    async def keep(
        self, tenant: TenantId, agent_type: AgentType, changes: Changes, *, adopt: bool, is_due: bool
    ) -> tuple[Agent | None, Agent]:
        """Store what a save changes, as UNFINISHED; answers the agent before and after it.

        `adopt` holds from then on, until the agent has an assistant. `is_due`: its work is wanted in the same step.
        """
        ...

    async def point(self, tenant: TenantId, agent_type: AgentType, webhook_url: str | None, *, is_due: bool) -> None:
        """Store where its assistant alone posts; None: where all do."""
        ...

    async def is_mirrored_by(self, assistant_id: str) -> bool:
        """Whether the assistant mirrors an agent of any organization."""
        ...

    async def put_back(self, tenant: TenantId, before: Agent | None, refused: Agent) -> None:
        """Undo a save, also where it forgot the assistant; what a later one named stays."""
        ...

    async def record(
        self, tenant: TenantId, agent: Agent, pending: PendingReason | None, seen: Mapping[str, Seen] | None
    ) -> Agent:
        """Store the outcome for this version of the agent; a later version is left alone and answered."""
        ...

    async def intend_to_create(self, tenant: TenantId, agent_type: AgentType, at: datetime) -> CreateIntent:
        """Record that a create is attempted now; an earlier intent keeps its id."""
        ...

    async def forget_intent(self, tenant: TenantId, agent_type: AgentType) -> None:
        """Vapi certainly created nothing."""
        ...

    async def forget_assistant(self, tenant: TenantId, agent: Agent) -> Agent:
        """It was deleted in Vapi: the agent has none any more, and all that was ever saved is to be sent."""
        ...

    async def remember_assistant(self, tenant: TenantId, agent_type: AgentType, assistant_id: str) -> None:
        """Raises AssistantTaken."""
        ...


class WorkQueue(Protocol):
    """What is to be looked at, and who does: one at a time, across all replicas. Each method is one transaction."""

    async def want(self, work: Work) -> None:
        """It is due now, also if somebody is at it."""
        ...

    async def want_all(self, kinds: Collection[WorkKind]) -> None: ...

    async def begin(self, kind: WorkKind, tenants: Collection[TenantId]) -> None:
        """It is due now for those for whom there was no such work yet."""
        ...

    async def claim(self, kinds: Collection[WorkKind]) -> Lease | None:
        """Some work that is due and that nobody has; what has been due for longest."""
        ...

    async def lease(self, work: Work) -> Lease | None:
        """This work, due or not; None if somebody has it."""
        ...

    def kept(self, lease: Lease) -> AbstractAsyncContextManager[None]:
        """Keep the lease inside the block, which ends with TimeoutError if it is lost."""
        ...

    async def finish(self, lease: Lease, due_in: timedelta | None, attempts: int) -> None:
        """Give the lease back. What was wanted meanwhile is due now; else it is in so long, never if None."""
        ...

    def told_of_work(self) -> AbstractAsyncContextManager[AsyncGenerator[str, None]]:
        """Something each time that some work is wanted or free."""
        ...


class VapiAccounts(Protocol):
    """The requests of one Vapi account, counted across all replicas. Each method is one transaction."""

    async def take(self, spacing: float, slack: float) -> Share:
        """One request, if it may be sent now: they begin `spacing` seconds apart, or up to `slack` seconds less."""
        ...

    async def hold(self, seconds: float) -> None:
        """None is sent for so long."""
        ...

    async def note(self, *, is_refused: bool) -> None:
        """Whether the account's key was accepted; while it is not, one request a minute is sent."""
        ...


class HiddenHeaders(Protocol):
    """What Vapi shows of headers of ours that it has, by its ids: digests, of what was sent and of what it shows."""

    async def of(self, vapi_id: str) -> tuple[str, str] | None: ...

    async def all(self) -> Mapping[str, tuple[str, str]]: ...

    async def keep(self, vapi_id: str, sent: str, shown: str) -> None: ...


class AddressBook(Protocol):
    """Where Vapi reaches this deployment, for all of its organizations."""

    async def now(self) -> Addresses: ...

    async def of(self, kind: TargetKind, tenant: TenantId | None, agent_type: AgentType | None) -> Addresses:
        """Those of something in Vapi, which a roll-out may have moved before the others, or not yet."""
        ...


class AssistantRegistry(Protocol):
    """Tenancy, which takes an assistant's id as evidence of whose call it is."""

    async def knows(self, tenant: TenantId) -> bool:
        """Whether there is an active organization of that id. Raises RegistryAway."""
        ...

    async def has(self, assistant_id: str) -> bool:
        """Whether it is any organization's. Raises RegistryAway."""
        ...

    async def clinic(self, tenant: TenantId) -> Clinic | None:
        """What callers know the organization by; None if tenancy does not tell."""
        ...

    async def register(self, assistant_id: str) -> None:
        """For the tenant in scope; safe to repeat. Raises AssistantTaken, RegistryAway."""
        ...


class OurTools(Protocol):
    async def ids(self) -> ToolIds: ...


class VapiObjects(Protocol):
    """The assistants of one Vapi account, its tools or its phone numbers. Every method may raise any VapiTrouble."""

    async def get(self, vapi_id: str) -> Json: ...

    def all(self) -> AsyncIterator[Json]:
        """Every one of the account."""
        ...

    async def create(self, fields: Json) -> str:
        """Asked once, never repeated: answers the new one's id."""
        ...

    async def patch(self, vapi_id: str, fields: Json) -> None:
        """Each field that is sent replaces Vapi's whole; None clears it. Repeated while Vapi is away."""
        ...

    async def delete(self, vapi_id: str) -> None:
        """Of one that is gone already: done. Raises VapiPinned too."""
        ...


class PublishedTools(Protocol):
    """Our tools in the Vapi account, which belong to no organization. Each method is one transaction."""

    async def all(self) -> Sequence[PublishedTool]:
        """In the order of their names; those that left the catalogue too."""
        ...

    async def former(self) -> Sequence[FormerTool]: ...

    async def want(self, names: Collection[str], at: datetime) -> None:
        """These are in the catalogue now."""
        ...

    async def intend_to_create(self, name: str, at: datetime) -> None: ...

    async def forget_intent(self, name: str) -> None:
        """Vapi certainly created nothing."""
        ...

    async def keep(self, name: str, vapi_id: str | None, at: datetime) -> None:
        """This one is used from now on, none if None; the one before becomes a former one."""
        ...

    async def record(self, name: str, pending: PendingReason | None, url: str | None, at: datetime) -> None:
        """Store the outcome, and where it was seen to post, if it was; None: Vapi has it as it shall be."""
        ...

    async def note_former(self, names: Mapping[str, str], at: datetime) -> None:
        """Names by ids; those that are known as former ones stay as they are."""
        ...

    async def forget_former(self, ids: Collection[str]) -> None: ...


class PointedNumbers(Protocol):
    """An organization's phone numbers in Vapi. Each method is one transaction."""

    async def all_of(self, tenant: TenantId) -> Sequence[PointedNumber]:
        """In the order of the numbers."""
        ...

    async def record(self, tenant: TenantId, pointed: PointedNumber) -> None: ...

    async def forget(self, tenant: TenantId, number: str) -> None: ...


class HeldNumbers(Protocol):
    """The phone numbers that the tenant in scope holds, as tenancy has them. Every method may raise RegistryAway."""

    async def all(self) -> Sequence[PhoneNumber]: ...

    async def learn(self, number: str, vapi_id: str) -> None:
        """Vapi's id of a number, so that it becomes evidence. Raises NumberTaken."""
        ...


class Organizations(Protocol):
    def all(self) -> AsyncIterator[TenantId]:
        """Every organization that tenancy knows. Raises RegistryAway."""
        ...


class Rollouts(Protocol):
    """Roll-outs and their targets, which belong to no organization. Each method is one transaction."""

    async def candidates(self, backend_url: str, webhook_url: str) -> list[Target]:
        """What a roll-out to there would be of, by what is known here."""
        ...

    async def start(self, rollout_id: UUID, backend_url: str, webhook_url: str, canaries: int) -> None:
        """Raises RolloutUnderWay."""
        ...

    async def get(self, rollout_id: UUID | None) -> Rollout | None:
        """None as id: the latest."""
        ...

    async def targets(self, rollout_id: UUID, after: int, most: int) -> list[Placed]:
        """Those in trouble first; `after` is a place."""
        ...

    async def move(self, rollout: Rollout, after: State) -> bool:
        """To another state, with all that follows. False if it has changed meanwhile. Raises RolloutOver."""
        ...

    async def begin(self, rollout_id: UUID, most: int) -> None:
        """Have targets worked on, until `most` are under way; nothing once it is paused."""
        ...

    async def begun(self, work: Work) -> Begun | None:
        """The targets of it whose turn it is."""
        ...

    async def note(self, begun: Begun) -> None:
        """Their state, by what is recorded of the objects themselves."""
        ...


class Servers(Protocol):
    """Where Vapi shall post what is not an assistant's."""

    async def of_tools(self) -> ToolServer: ...

    async def of_numbers(self, tenant: TenantId) -> Json:
        """The organization's phone numbers' `server`."""
        ...


class VapiCalls(Protocol):
    """The calls of one Vapi account. Every method may raise any VapiTrouble."""

    async def page(self, changed_after: datetime, created_until: datetime | None) -> Page:
        """The newest of those that changed after then and were created until then, whatever their state."""
        ...

    async def get(self, vapi_call_id: str) -> VapiCall:
        """Raises VapiUnreadable, which is VapiAway to whoever does not mind which."""
        ...

    async def signed_link(self, vapi_call_id: str, channel: str) -> str | None:
        """A link to the recording that holds for a while, where Vapi makes such links."""
        ...


class Lines(Protocol):
    async def by_id(self) -> dict[str, str]:
        """The numbers of the Vapi account, by Vapi's ids of them. Raises any VapiTrouble."""
        ...


class CallOwners(Protocol):
    async def of(self, evidence: Evidence) -> TenantId | None:
        """Whose call it is, as tenancy judges; None if nobody's, or contradictory. Raises RegistryAway."""
        ...


class Reports(Protocol):
    """Booking, which records reports, for the tenant in scope."""

    async def missing(self, vapi_call_ids: Sequence[str]) -> set[str]:
        """Those of which it has none. Raises BookingAway."""
        ...


class LateReports(Protocol):
    """Tenancy's queue of messages that are recorded late."""

    async def hand_on(self, vapi_call_id: str, report: bytes, evidence: Evidence) -> bool:
        """Whether there was room for it: then it will be recorded. Raises RegistryAway."""
        ...


class ListedCalls(Protocol):
    """Ended calls as Vapi lists them, and whether their report is here. Each method is one transaction."""

    async def note(self, tenant: TenantId, calls: Sequence[Listed], unreported: Collection[str], at: datetime) -> None:
        """What is here has been here since `at` at the latest."""
        ...

    async def due(self, tenant: TenantId, vapi_call_ids: Collection[str], before: datetime) -> set[str]:
        """Those of these that were not fetched since."""
        ...

    async def fetched(self, tenant: TenantId, vapi_call_id: str, at: datetime) -> None: ...

    async def arrived(self, tenant: TenantId, vapi_call_ids: Collection[str], at: datetime) -> None: ...

    async def lose(self, tenant: TenantId, vapi_call_id: str, at: datetime) -> None:
        """Vapi has it no more: it stays missing, and is looked for no more."""
        ...

    def missing(self) -> AsyncIterator[MissingCall]:
        """Of all organizations, one after the other; without those that are lost."""
        ...

    async def summary(self) -> Missing:
        """Of the same."""
        ...

    async def days(self, tenant: TenantId, since: datetime, until: datetime) -> Sequence[DayOfCalls]:
        """The latest first."""
        ...

    async def forget(self, before: datetime) -> None:
        """Calls that began before then, of all organizations."""
        ...


class Comparisons(Protocol):
    """How far Vapi's calls have been compared. Each method is one transaction."""

    async def get(self) -> Comparison | None: ...

    async def keep(self, comparison: Comparison) -> bool:
        """False if an earlier time is wanted meanwhile: then nothing is kept."""
        ...

    async def rewind(self, since: datetime) -> None:
        """What changed since then is compared again, from the beginning."""
        ...


class Warner(Protocol):
    async def __call__(self, tenant: TenantId, assistants: Sequence[Json], /) -> Sequence[UrlWarning]:
        """What the organization, with these assistants, has in Vapi that leads elsewhere. Raises any VapiTrouble."""
        ...


class Departments(Protocol):
    """Whom callers can be put through to. Each method is one transaction."""

    async def all_of(self, tenant: TenantId) -> list[Department]:
        """In the order of their names."""
        ...

    async def get(self, tenant: TenantId, department_id: UUID) -> Department:
        """Raises DepartmentNotFound."""
        ...

    async def add(self, tenant: TenantId, department: Department) -> Department:
        """What has that id already stays as it is, and is answered. A new default one takes the place of the other.

        Raises DepartmentNameTaken, TooManyDepartments.
        """
        ...

    async def change(
        self, tenant: TenantId, department_id: UUID, change: Callable[[Department], Department]
    ) -> Department:
        """Likewise. Raises DepartmentNotFound, DepartmentNameTaken, and what `change` does."""
        ...

    async def remove(self, tenant: TenantId, department_id: UUID) -> None:
        """Raises DepartmentNotFound."""
        ...


class GivenAnswers(Protocol):
    """What tool calls were answered, as far as it may be asked for again. Each method is one transaction."""

    async def keep(self, tenant: TenantId, call: ToolCall, answer: Answer) -> Given | None:
        """None if it is kept now; else what was given before."""
        ...

    async def get(self, tenant: TenantId, call: ToolCall) -> Answer:
        """One that is kept."""
        ...

    async def settle(self, tenant: TenantId, call: ToolCall, tried: Tried) -> Answer:
        """What became of what was to be tried; who tells it first is believed."""
        ...
