"""Keeping calendars outside in step with ours, each by one process at a time.

Our database decides, and a calendar outside is a mirror. What has changed here waits in an outbox that names the
appointment and nothing else: what is pushed is the appointment as it is when it is pushed. Every request says which
event it means to change (If-Match) or that there is none (If-None-Match), so that whoever was stopped in the middle, or
comes late, changes nothing that is not as they knew it: they look, and take what they find for what it is.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from booking.domain.outside.busy_sources import LOOKED_AHEAD, LOOKED_BACK, READ_WHOLE_EVERY
from booking.domain.outside.connections import (
    LOOK_EVERY,
    OF_EVENTS,
    UNTIL_A_PASSWORD,
    Account,
    ChangedOutside,
    Changes,
    DriftKind,
    EventRefused,
    Known,
    LeaseLost,
    Look,
    Mirrored,
    Noticed,
    OurEvent,
    SeenEvent,
    Trouble,
    Troubled,
    Waiting,
    WorkLease,
    name_of,
    uid_ending,
)
from booking.domain.ports import CollectionOutside, CollectionsOutside, Mirrors
from booking.domain.schedule.local_time import Period
from chassis.clock import Clock
from chassis.logs import get_logger
from chassis.repeating import repeat
from chassis.tenant import TenantId

_LEASE_LASTS = timedelta(minutes=1)
"""Unless it is renewed: so long nobody works on what a process that was killed has worked on."""
_ENOUGH_LEFT = timedelta(seconds=30)
"""Of a lease, to ask anything outside: a request that is given up may still be answered for so long."""
_RENEW_EVERY = 15.0
"""Seconds, while somebody outside takes their time."""
_AT_ONCE = 50
_LONGEST_TURN = timedelta(minutes=3)
"""Appointments of one connection, and time to begin with them, before others have their turn."""
_WORKERS = 4
_WORK_EVERY = 5.0
"""Seconds between two looks for work, where nobody was woken."""
_ANSWER_OVER = timedelta(seconds=30)
"""After which nothing comes of a request that was given up."""
_FIRST_REST = timedelta(seconds=10)
_LONGEST_REST = timedelta(minutes=30)
_TRIES = 3
"""With an event that somebody else changes at the same time."""

_log = get_logger()


@dataclass(frozen=True, slots=True)
class KeepInStep:
    mirrors: Mirrors
    outside: CollectionsOutside
    clock: Clock
    chance: Callable[[], float] = random.random
    """From 0 to 1: connections that failed together are not tried again together."""
    renew_every: float = _RENEW_EVERY
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        """There is something to do."""
        self._woken.set()

    async def run(self) -> None:
        """Until it is cancelled."""
        failed = "calendars outside could not be kept in step"
        await repeat(self._work_together, every=_WORK_EVERY, failed=failed, woken=self._woken)

    async def _work_together(self) -> None:
        await asyncio.gather(*(self.work_all_due() for _ in range(_WORKERS)))

    async def work_all_due(self) -> None:
        until = self.clock() + _LEASE_LASTS
        while (claimed := await self.mirrors.claim(self.clock(), until)) is not None:
            tenant, connection_id = claimed
            try:
                await self._work(tenant, await self.mirrors.leased(tenant, connection_id, until))
            except LeaseLost:
                pass
            except Exception:  # noqa: BLE001  # others have their turn; this one has its again when its lease is over
                _log.warning("a calendar outside could not be kept in step", exc_info=True)
            until = self.clock() + _LEASE_LASTS

    async def _work(self, tenant: TenantId, lease: WorkLease) -> None:
        try:
            async with self.outside.open(_account_of(lease)) as collection:
                visit = _Visit(self, tenant, lease, collection)
                await visit.push()
                if not lease.ending and lease.look_at <= self.clock():
                    await visit.look()
        except asyncio.CancelledError:  # told to stop: whoever comes next need not wait until the lease is over
            await self.mirrors.release(tenant, lease, self.clock() + _ANSWER_OVER)
            raise
        except Troubled as error:
            _log.info("a calendar outside is in trouble", organization_id=str(tenant), reason=error.trouble.value)
            await self.mirrors.rest(tenant, lease, error.trouble, self._rest_until(lease.failures, error))
        else:
            await self.mirrors.release(tenant, lease, self.clock())

    def _rest_until(self, failures: int, error: Troubled) -> datetime | None:
        """None: until it is given a password."""
        if error.trouble in UNTIL_A_PASSWORD:
            return None
        asked = min(error.retry_after or timedelta(), _LONGEST_REST)
        return self.clock() + max(asked, self.rest_after(failures))

    def rest_after(self, failures: int) -> timedelta:
        """Twice as long each time, and up to half of it less."""
        longest: timedelta = min(_FIRST_REST * 2 ** min(failures, 16), _LONGEST_REST)
        return longest * (1 - self.chance() / 2)


@dataclass(frozen=True, slots=True)
class _Visit:
    """What is done with one connection while it is ours. Each step raises LeaseLost when it is not ours any more."""

    keeper: KeepInStep
    tenant: TenantId
    lease: WorkLease
    collection: CollectionOutside

    @property
    def _mirrors(self) -> Mirrors:
        return self.keeper.mirrors

    @property
    def _now(self) -> datetime:
        return self.keeper.clock()

    async def push(self) -> None:
        """Raises Troubled."""
        turn_ends = self._now + _LONGEST_TURN
        for waiting in await self._mirrors.waiting(self.tenant, self.lease, self._now, _AT_ONCE):
            if self._now > turn_ends:
                return
            try:
                await self._push(waiting)
            except EventRefused:
                _log.info("a calendar outside refuses an event", organization_id=str(self.tenant))
                due_at = self._now + self.keeper.rest_after(waiting.attempts)
                await self._mirrors.put_off(self.tenant, self.lease, waiting, due_at)

    async def _push(self, waiting: Waiting) -> None:
        """Raises Troubled, EventRefused."""
        one = await self._mirrors.mirrored(self.tenant, self.lease, waiting.appointment_id)
        if one.wanted is None:
            if one.known is not None:
                async with self._kept():
                    await self._take_away(waiting.appointment_id, one.known.etag)
            await self._mirrors.taken_away(self.tenant, self.lease, waiting, self._now)
        elif _is_left(one.wanted, one.known, self._now):
            await self._mirrors.leave(self.tenant, self.lease, waiting)
        else:
            if one.known is None:
                await self._mirrors.announce(self.tenant, self.lease, waiting.appointment_id, one.wanted.version)
            noticed = await self._put(waiting.appointment_id, one.wanted, one.known.etag if one.known else None)
            await self._mirrors.pushed(
                self.tenant, self.lease, waiting, noticed, version=one.wanted.version, now=self._now
            )

    async def _put(self, appointment_id: UUID, wanted: OurEvent, etag: str | None) -> Noticed:
        """What is there then: the event, or what somebody else made of it. Raises Troubled, EventRefused."""
        name = self._name(appointment_id)
        for _ in range(_TRIES):
            async with self._kept():
                new, found = await self._put_or_find(name, wanted, etag)
            if new is not None:
                return Noticed(appointment_id, new, None)
            if found is None and etag is not None:
                return Noticed(appointment_id, None, DriftKind.DELETED)
            if found is not None and (found.shows(wanted) or not found.is_our_text):
                return _noticed(appointment_id, found, wanted)
            # Ours, and another one: if that was not us before, somebody has taken our place.
            await self._mirrors.confirm(self.tenant, self.lease)
            etag = found.etag if found else None
        raise Troubled(Trouble.BROKEN)

    async def _put_or_find(self, name: str, wanted: OurEvent, etag: str | None) -> tuple[str | None, SeenEvent | None]:
        """The new ETag, else what is there. Raises Troubled, EventRefused."""
        with suppress(ChangedOutside):
            new = await self.collection.put(name, wanted, etag)
            if new is not None:
                return new, None
        # Somebody was there, be it us before we were stopped; or the server does not say what it made of it.
        return None, (await self.collection.find([name])).get(name)

    async def _take_away(self, appointment_id: UUID, etag: str | None) -> None:
        """Whatever was made of it there: there is no such appointment any more. Raises Troubled."""
        name = self._name(appointment_id)
        for _ in range(_TRIES):
            with suppress(ChangedOutside):
                await self.collection.delete(name, etag)
                return
            found = (await self.collection.find([name])).get(name)
            if found is None:
                return
            etag = found.etag
        raise Troubled(Trouble.BROKEN)

    async def look(self) -> None:
        """Raises Troubled."""
        async with self._kept():
            look = await self._seen()
        await self._mirrors.looked(self.tenant, self.lease, look, self._now, self._now + LOOK_EVERY)

    async def _seen(self) -> Look:
        """Raises Troubled."""
        whole = self.lease.read_at is None or self._now - self.lease.read_at >= READ_WHOLE_EVERY
        changes = await self.collection.changes(None if whole else self.lease.seen)
        ours = await self._mirrors.all_mirrored(self.tenant, self.lease, self._now - LOOKED_BACK)
        by_name = {self._name(appointment_id): one for appointment_id, one in ours.items()}
        noticed = await self._noticed(changes, ours)
        busy: Sequence[Period] | None = None
        seen, trouble = changes.seen, None
        if changes.complete or any(name not in by_name for name in (*changes.etags, *changes.gone)):
            try:
                busy = await self._busy_times(set(by_name))
            except Troubled as error:
                if error.trouble not in OF_EVENTS:
                    raise
                # What was read before still counts; next time everything is read.
                seen, trouble = None, error.trouble
        return Look(noticed, busy, seen, whole=changes.complete and busy is not None, trouble=trouble)

    async def _noticed(self, changes: Changes, ours: Mapping[UUID, Mirrored]) -> Sequence[Noticed]:
        """What others did to our events. What waits to be pushed finds out by itself."""
        names = {
            self._name(appointment_id): (appointment_id, one.wanted, one.known)
            for appointment_id, one in ours.items()
            if one.wanted is not None and one.known is not None and not one.waiting
        }
        deleted = [
            Noticed(appointment_id, None, DriftKind.DELETED)
            for name, (appointment_id, _, known) in names.items()
            if known.etag is not None and _is_gone(name, changes)
        ]
        changed = [
            name for name, (_, _, known) in names.items() if name in changes.etags and changes.etags[name] != known.etag
        ]
        found = await self.collection.find(changed) if changed else {}
        return [*deleted, *(_noticed(names[name][0], event, names[name][1]) for name, event in found.items())]

    async def _busy_times(self, ours: set[str]) -> Sequence[Period]:
        within = Period(self._now - LOOKED_BACK, self._now + LOOKED_AHEAD)
        return await self.collection.busy_times(ours, uid_ending(self.tenant), within, self.lease.timezone)

    @asynccontextmanager
    async def _kept(self) -> AsyncIterator[None]:
        """While somebody outside takes their time, the lease is renewed. Nothing that takes it is asked meanwhile."""
        if self._now > self.lease.until - _ENOUGH_LEFT:
            await self._renew()
        done = asyncio.Event()
        renewing = asyncio.create_task(self._renew_until(done))
        try:
            yield
        finally:
            # Not cancelled: it could have been renewed without our knowing until when.
            done.set()
            await asyncio.wait({renewing})
        renewing.result()

    async def _renew_until(self, done: asyncio.Event) -> None:
        while not done.is_set():
            try:
                async with asyncio.timeout(self.keeper.renew_every):
                    await done.wait()
            except TimeoutError:
                await self._renew()

    async def _renew(self) -> None:
        until = self._now + _LEASE_LASTS
        await self._mirrors.renew(self.tenant, self.lease, until)
        self.lease.until = until

    def _name(self, appointment_id: UUID) -> str:
        return name_of(self.lease.connection_id, appointment_id)


def _account_of(lease: WorkLease) -> Account:
    """Raises Troubled."""
    if lease.account is None:
        raise Troubled(Trouble.PASSWORD_LOST)
    return lease.account


def _is_left(wanted: OurEvent, known: Known | None, now: datetime) -> bool:
    """What is over is history; what somebody changed there is theirs until the appointment changes again."""
    return wanted.ends_at <= now or (known is not None and known.drift is not None and wanted.version <= known.version)


def _noticed(appointment_id: UUID, found: SeenEvent, wanted: OurEvent) -> Noticed:
    if found.shows(wanted):
        return Noticed(appointment_id, found.etag, None)
    return Noticed(appointment_id, found.etag, found.drift_from(wanted), found.starts_at, found.ends_at)


def _is_gone(name: str, changes: Changes) -> bool:
    return name in changes.gone or (changes.complete and name not in changes.etags)
