"""Vapi's calls in a simulated account, compared on a real database; whose they are and what arrived, the tests say."""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from assistant_sync.domain.calls.compare_calls import CompareCalls, Timing
from assistant_sync.domain.calls.vapi_call import Evidence
from assistant_sync.domain.reconciling.budget import Budget
from assistant_sync.domain.reconciling.work import Work, WorkKind
from assistant_sync.domain.trouble import BookingAway, RegistryAway
from assistant_sync.store.comparisons import ComparisonStore
from assistant_sync.store.listed_calls import ListedCallStore
from assistant_sync.store.vapi_accounts import VapiAccountStore
from assistant_sync.vapi.account import VapiAccount
from assistant_sync.vapi.calls import AccountLines
from chassis.database.engine import Database
from chassis.tenant import TenantId, current_tenant
from chassis.testing.clock import StoppedClock

LINE = "+12125550100"
TIMING = Timing(interval=timedelta(minutes=15), expected_within=timedelta(minutes=10))


@dataclass
class Owners:
    """Tenancy, which says whose a line is."""

    of_line: dict[str, TenantId] = field(default_factory=dict)
    asked: list[Evidence] = field(default_factory=list)
    is_away: bool = False

    async def of(self, evidence: Evidence) -> TenantId | None:
        if self.is_away:
            raise RegistryAway
        self.asked.append(evidence)
        return self.of_line.get(evidence.line)


@dataclass
class Reports:
    """Booking, which has recorded some."""

    here: set[tuple[TenantId, str]] = field(default_factory=set)
    is_away: bool = False

    async def missing(self, vapi_call_ids: Sequence[str]) -> set[str]:
        if self.is_away:
            raise BookingAway
        return {one for one in vapi_call_ids if (current_tenant(), one) not in self.here}


@dataclass
class Queue:
    """Where late reports are handed to."""

    handed_on: list[tuple[str, dict[str, Any], Evidence]] = field(default_factory=list)
    has_room: bool = True

    async def hand_on(self, vapi_call_id: str, report: bytes, evidence: Evidence) -> bool:
        if self.has_room:
            self.handed_on.append((vapi_call_id, json.loads(report)["message"], evidence))
        return self.has_room

    @property
    def ids(self) -> list[str]:
        return [vapi_call_id for vapi_call_id, _, _ in self.handed_on]


@dataclass
class Account:
    """The simulated account, and what happens in it."""

    vapi: Any
    clock: StoppedClock
    line_id: str

    def has_call(self, *, ended_ago: timedelta | None = timedelta(hours=2), **fields: Any) -> str:
        """A call of three minutes that ended then; None: it goes on."""
        ended_at = self.clock() - (ended_ago or timedelta())
        began_at = ended_at - timedelta(minutes=3)
        call = {
            "id": str(uuid4()),
            "createdAt": written(began_at),
            "startedAt": written(began_at),
            "type": "inboundPhoneCall",
            "status": "in-progress",
            "phoneNumberId": self.line_id,
            "customer": {"number": "+14155550123"},
        }
        if ended_ago is not None:
            call |= {"status": "ended", "endedAt": written(ended_at), "endedReason": "customer-ended-call"}
            call |= {"artifact": {"transcript": "AI: Good day.\n"}, "analysis": {"summary": "A toothache."}}
        return str(self.vapi.simulator.store.put("call", call | fields)["id"])


def written(instant: datetime) -> str:
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock(datetime.now(UTC))


@pytest.fixture
def owners(tenant: TenantId) -> Owners:
    return Owners({LINE: tenant})


@pytest.fixture
def reports() -> Reports:
    return Reports()


@pytest.fixture
def queue() -> Queue:
    return Queue()


@pytest.fixture
def account(vapi: Any, clock: StoppedClock) -> Account:
    body = {"provider": "twilio", "number": LINE, "twilioAccountSid": "AC0", "twilioAuthToken": "planted"}
    return Account(vapi, clock, vapi.simulator.store.create("phone-number", body)["id"])


@pytest.fixture
async def engine(database: Any) -> AsyncIterator[Database]:
    superuser = await asyncpg.connect(database.superuser_url)
    await superuser.execute("TRUNCATE assistant_sync.listed_calls")
    await superuser.close()
    opened = Database(database.app_url, pool_size=2)
    yield opened
    await opened.close()


@pytest.fixture
def listed(engine: Database) -> ListedCallStore:
    return ListedCallStore(engine)


@pytest.fixture
def comparisons(engine: Database) -> ComparisonStore:
    return ComparisonStore(engine, str(uuid4()))


@pytest.fixture
async def vapi_account(engine: Database, vapi: Any) -> AsyncIterator[VapiAccount]:
    budget = Budget(VapiAccountStore(engine, str(uuid4())), requests_per_second=10_000)
    opened = VapiAccount("https://vapi.example", "a-private-key", budget, transport=vapi)
    yield opened
    await opened.close()


@pytest.fixture
def compare(
    vapi_account: VapiAccount,
    account: Account,
    owners: Owners,
    reports: Reports,
    queue: Queue,
    listed: ListedCallStore,
    comparisons: ComparisonStore,
    clock: StoppedClock,
) -> Callable[[], Any]:
    """One turn, as the reconciler takes it."""
    lines = AccountLines(vapi_account.phone_numbers)
    use_case = CompareCalls(vapi_account.calls, lines, owners, reports, queue, listed, comparisons, TIMING, clock)
    return lambda: use_case(Work(WorkKind.CALLS))
