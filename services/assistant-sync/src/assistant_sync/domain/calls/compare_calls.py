"""Finding the calls whose report never arrived, and fetching it.

Vapi sends a report once, or ten times while we are away, and then no more. So its list of calls is compared with what
is here, now and then; what is missing is asked of Vapi, and handed on as the message that never came. Whoever records
messages records it, by the same rules and once: telling twice records once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import groupby

from assistant_sync.domain.calls.comparison import Comparison, Listed, MissingCall
from assistant_sync.domain.calls.report import report_of
from assistant_sync.domain.calls.vapi_call import VapiCall
from assistant_sync.domain.ports import CallOwners, Comparisons, LateReports, Lines, ListedCalls, Reports, VapiCalls
from assistant_sync.domain.reconciling.work import Again, Next, Work
from assistant_sync.domain.trouble import VapiMissing, VapiUnreadable
from chassis.clock import Clock
from chassis.logs import get_logger
from chassis.tenant import TenantId, tenant_scope

_FIRST_LOOKS_BACK = timedelta(days=7)
_OVERLAP = timedelta(hours=1)
"""Between one comparison and the next: Vapi's clock is another, and a call that has just ended is left for later."""

_FETCHED_AGAIN_AFTER = timedelta(hours=1)
_AWAITED_FOR = timedelta(minutes=10)
_LOOKED_FOR_AGAIN_IN = timedelta(minutes=1)
_PAGES_A_TURN = 20
_FETCHED_A_TURN = 50
_FORGOTTEN_AFTER = timedelta(days=400)

_log = get_logger()


@dataclass(frozen=True, slots=True)
class Timing:
    interval: timedelta
    """Between two comparisons."""
    expected_within: timedelta
    """After the end of its call a report is expected; only then it is missing."""


@dataclass(frozen=True, slots=True)
class CompareCalls:
    vapi_calls: VapiCalls
    lines: Lines
    owners: CallOwners
    reports: Reports
    late: LateReports
    listed: ListedCalls
    comparisons: Comparisons
    timing: Timing
    clock: Clock

    async def __call__(self, _work: Work) -> Next:
        """Raises VapiTrouble, RegistryAway, BookingAway: the next turn goes on where this one ended."""
        now = self.clock()
        comparison = (await self.comparisons.get() or Comparison(now - _FIRST_LOOKS_BACK)).begun(now)
        turn = _Turn(self, now)
        for _ in range(_PAGES_A_TURN):
            comparison, is_last = await turn.compare_page(comparison)
            if not await self.comparisons.keep(comparison):
                return Again(timedelta())  # somebody wants more of it
            if is_last:
                break
        else:
            return Again(timedelta())
        is_awaited = await turn.follow_up()
        await self.listed.forget(now - _FORGOTTEN_AFTER)
        await self.comparisons.keep(comparison.over(self.clock()))
        return Again(min(_LOOKED_FOR_AGAIN_IN, self.timing.interval) if is_awaited else self.timing.interval)


@dataclass(slots=True)
class _Turn:
    """One turn at it, with what was learnt in it."""

    of: CompareCalls
    now: datetime
    seen: set[str] = field(default_factory=set)
    line_of: dict[str, str] | None = None
    """Numbers by Vapi's ids of them."""

    async def compare_page(self, comparison: Comparison) -> tuple[Comparison, bool]:
        """How far it has come then, and whether that was the last page."""
        page = await self.of.vapi_calls.page(comparison.compared_until - _OVERLAP, comparison.created_until)
        if page.unreadable:
            _log.warning("Vapi lists calls that cannot be read: they are not compared", count=page.unreadable)
        settled = [call for call in page.calls if self._is_settled(call) and call.id not in self.seen]
        self.seen.update(call.id for call in settled)
        theirs = [(await self._owner_of(call), call) for call in settled]
        for tenant, calls in _by_owner(theirs):
            await self._compare(tenant, calls)
        after = replace(
            comparison,
            created_until=page.created_until,
            listed=comparison.listed + len(settled),
            nobodys=comparison.nobodys + sum(tenant is None for tenant, _ in theirs),
        )
        return after, page.is_last

    async def follow_up(self) -> bool:
        """Look again for what was found missing before. Whether something was fetched that should be here soon."""
        left, awaited = _FETCHED_A_TURN, False
        for tenant, calls in groupby([one async for one in self.of.listed.missing()], key=lambda one: one.tenant):
            for missing in await self._still_missing(tenant, list(calls)):
                fetched_at = missing.fetched_at
                if left and (fetched_at is None or fetched_at <= self.now - _FETCHED_AGAIN_AFTER):
                    left -= 1
                    awaited |= await self._fetch(missing)
                elif fetched_at is not None and fetched_at > self.now - _AWAITED_FOR:
                    awaited = True
        return awaited

    async def _compare(self, tenant: TenantId, calls: Sequence[VapiCall]) -> None:
        unreported = await self._unreported(tenant, [call.id for call in calls])
        listed = [Listed(call.id, call.created_at) for call in calls]
        await self.of.listed.note(tenant, listed, unreported, self.now)
        due = await self.of.listed.due(tenant, unreported, self.now - _FETCHED_AGAIN_AFTER)
        for call in calls:
            if call.id in due:
                await self._hand_on(tenant, call)

    async def _still_missing(self, tenant: TenantId, calls: Sequence[MissingCall]) -> list[MissingCall]:
        ids = [call.vapi_call_id for call in calls]
        unreported = await self._unreported(tenant, ids)
        await self.of.listed.arrived(tenant, set(ids) - unreported, self.now)
        return [call for call in calls if call.vapi_call_id in unreported]

    async def _fetch(self, missing: MissingCall) -> bool:
        try:
            call = await self.of.vapi_calls.get(missing.vapi_call_id)
        except VapiMissing:
            await self.of.listed.lose(missing.tenant, missing.vapi_call_id, self.now)
            _log.warning("a report is lost: Vapi has the call no more", call_id=missing.vapi_call_id)
            return False
        except VapiUnreadable:
            _log.warning("a call that was fetched cannot be read", call_id=missing.vapi_call_id)
            return False
        return await self._hand_on(missing.tenant, call)

    async def _hand_on(self, tenant: TenantId, call: VapiCall) -> bool:
        """Whether it will be recorded. What found no room is missing still, and fetched again."""
        line = await self._line_of(call)
        report = report_of(call, line, self.of.clock())
        if report is None or not await self.of.late.hand_on(call.id, report, call.evidence(line)):
            _log.warning("a report that was fetched could not be handed on", call_id=call.id)
            return False
        await self.of.listed.fetched(tenant, call.id, self.now)
        _log.info("a report that never arrived was fetched", call_id=call.id, organization_id=str(tenant))
        return True

    async def _unreported(self, tenant: TenantId, ids: Sequence[str]) -> set[str]:
        with tenant_scope(tenant):
            return await self.of.reports.missing(ids)

    async def _owner_of(self, call: VapiCall) -> TenantId | None:
        return await self.of.owners.of(call.evidence(await self._line_of(call)))

    async def _line_of(self, call: VapiCall) -> str:
        if not call.phone_number_id:
            return ""
        if self.line_of is None:
            self.line_of = await self.of.lines.by_id()
        return self.line_of.get(call.phone_number_id, "")

    def _is_settled(self, call: VapiCall) -> bool:
        return call.has_ended and call.changed_last_at <= self.now - self.of.timing.expected_within


def _by_owner(theirs: Iterable[tuple[TenantId | None, VapiCall]]) -> Iterable[tuple[TenantId, list[VapiCall]]]:
    calls: dict[TenantId, list[VapiCall]] = {}
    for tenant, call in theirs:
        if tenant is not None:
            calls.setdefault(tenant, []).append(call)
    return calls.items()
