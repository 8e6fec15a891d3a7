"""Uses of credentials are counted, and nothing that was counted is lost."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from chassis.errors import Kind, RemoteError
from chassis.rpc.client import RpcClient
from chassis.tenant import TenantId
from chassis.testing.clock import StoppedClock
from gateway.sender.credential_uses import CredentialUses

CLINIC = TenantId(UUID("6b1d4c1e-3a5f-4d0e-9c55-0f7a8e2b9d31"))
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


class Record:
    """Tenancy's RPC: notes what it is told, or fails."""

    def __init__(self):
        self.told = []
        self.fails = None

    async def __call__(self, request, **_how):
        if self.fails:
            raise self.fails
        self.told.append([(use.credential_id, use.count, use.last_used_at.ToDatetime(UTC)) for use in request.uses])


@pytest.fixture
def clock():
    return StoppedClock(NOW)


@pytest.fixture
def record():
    return Record()


@pytest.fixture
async def uses(clock, record, monkeypatch):
    rpc = RpcClient("127.0.0.1:1")
    uses = CredentialUses(rpc, clock)
    monkeypatch.setattr(uses, "_record", record)
    yield uses
    await rpc.close()


async def test_uses_are_added_up_with_the_last_instant(uses, record, clock):
    uses.count(CLINIC, "c-1")
    clock.move(timedelta(seconds=1))
    uses.count(CLINIC, "c-1")
    uses.count(CLINIC, "c-2")
    await uses.report()
    assert record.told == [[("c-1", 2, clock.now), ("c-2", 1, clock.now)]]


async def test_what_was_told_is_not_told_again(uses, record):
    uses.count(CLINIC, "c-1")
    await uses.report()
    await uses.report()
    assert len(record.told) == 1


@pytest.mark.parametrize("fault", [RemoteError(Kind.UNAVAILABLE, "AWAY"), RemoteError(Kind.INTERNAL, "X")])
async def test_what_could_not_be_told_is_told_with_the_next_report(uses, record, clock, fault):
    uses.count(CLINIC, "c-1")
    record.fails = fault
    await uses.report()
    clock.move(timedelta(seconds=5))
    uses.count(CLINIC, "c-1")
    record.fails = None
    await uses.report()
    assert record.told == [[("c-1", 2, clock.now)]]


async def test_what_is_interrupted_is_not_lost(uses, record):
    uses.count(CLINIC, "c-1")
    record.fails = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        await uses.report()
    record.fails = None
    await uses.report()
    assert record.told == [[("c-1", 1, NOW)]]
