"""Numbers on a real database, in a simulated account, held in a tenancy of the tests."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from assistant_sync.domain.agents.agent import AgentType
from assistant_sync.domain.numbers.number import PhoneNumber
from assistant_sync.domain.numbers.our_pointing import OurPointing
from assistant_sync.domain.numbers.point_numbers import PointNumbers
from assistant_sync.domain.reconciling.budget import Budget
from assistant_sync.domain.trouble import NumberTaken
from assistant_sync.store.agents import AgentStore
from assistant_sync.store.vapi_accounts import VapiAccountStore
from assistant_sync.store.vapi_numbers import VapiNumberStore
from assistant_sync.vapi.account import VapiAccount
from chassis.database.engine import Database
from chassis.tenant import TenantId, current_tenant, tenant_scope
from chassis.testing.clock import StoppedClock


@dataclass
class Holdings:
    """Tenancy, which says whose a number is."""

    held: dict[TenantId, dict[str, str | None]] = field(default_factory=dict)
    taken: bool = False
    lists: int = 0
    after_list: Callable[[int], None] = lambda _: None

    def give(self, tenant: TenantId, number: str, vapi_id: str | None = None) -> None:
        self.held.setdefault(tenant, {})[number] = vapi_id

    def take(self, tenant: TenantId, number: str) -> None:
        del self.held[tenant][number]

    async def all(self) -> list[PhoneNumber]:
        held = [PhoneNumber(*one) for one in self.held.get(current_tenant(), {}).items()]
        self.lists += 1
        self.after_list(self.lists)
        return held

    async def learn(self, number: str, vapi_id: str) -> None:
        if self.taken:
            raise NumberTaken
        self.give(current_tenant(), number, vapi_id)


@dataclass
class Deployment:
    url: str = "https://here.example/api/vapi/webhook"

    async def of_numbers(self, tenant: TenantId) -> dict[str, Any]:
        return {"url": self.url, "timeoutSeconds": 20, "headers": {"X-Vapi-Secret": "s3cret"}}


@dataclass
class Pointer:
    """The use-case, called as the reconciler calls it."""

    point: PointNumbers
    numbers: VapiNumberStore
    agents: AgentStore

    async def look_at(self, tenant: TenantId) -> None:
        with tenant_scope(tenant):
            await self.point(tenant)

    async def has_agent(self, tenant: TenantId, agent_type: AgentType = AgentType.INBOUND) -> str:
        """The id of the assistant of a new agent, or another one for the agent that there is."""
        assistant_id = str(uuid4())
        await self.agents.keep(tenant, agent_type, {"name": "Reception"}, adopt=False, is_due=False)
        await self.agents.remember_assistant(tenant, agent_type, assistant_id)
        return assistant_id


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock(datetime(2027, 3, 1, 12, tzinfo=UTC))


@pytest.fixture
def holdings() -> Holdings:
    return Holdings()


@pytest.fixture
def deployment() -> Deployment:
    return Deployment()


@pytest.fixture
async def engine(database):
    opened = Database(database.app_url, pool_size=2)
    yield opened
    await opened.close()


@pytest.fixture
def budget(engine) -> Budget:
    return Budget(VapiAccountStore(engine, str(uuid4())), requests_per_second=10_000)


@pytest.fixture
async def pointer(engine, budget, vapi, holdings, deployment, clock):
    account = VapiAccount("https://vapi.example", "a-private-key", budget, transport=vapi)
    numbers, agents = VapiNumberStore(engine), AgentStore(engine)
    point = PointNumbers(holdings, numbers, account.phone_numbers, OurPointing(agents, deployment), clock)
    yield Pointer(point, numbers, agents)
    await account.close()


@pytest.fixture
def bought(vapi) -> Callable[..., str]:
    """Puts a number into the account, as somebody does in Vapi's dashboard; answers its id."""

    def buy(number: str, **fields: Any) -> str:
        body = {"provider": "twilio", "number": number, "twilioAccountSid": "AC0", **fields}
        return str(vapi.simulator.store.create("phone-number", body)["id"])

    return buy


@pytest.fixture
def there(vapi) -> Callable[[str], dict[str, Any]]:
    """A number as Vapi has it."""
    return lambda vapi_id: vapi.simulator.store.get("phone-number", vapi_id)
