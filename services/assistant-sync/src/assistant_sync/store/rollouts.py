"""Roll-outs, which belong to no organization: reached by the directory's functions alone."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.exc import IntegrityError

from assistant_sync.domain.agents.agent import PendingReason
from assistant_sync.domain.errors import RolloutOver, RolloutUnderWay
from assistant_sync.domain.reconciling.work import Work, WorkKind
from assistant_sync.domain.rollouts.rollout import Begun, Placed, Rollout, State, Target, TargetKind, TargetState
from chassis.database.engine import Database
from chassis.tenant import TenantId

_CANDIDATES = text("SELECT * FROM rollout_candidates(:backend_url, :webhook_url)")
_START = text("SELECT start_rollout(:id, :backend_url, :webhook_url, :canaries)")
_GET = text("SELECT * FROM get_rollout(:id)")
_LIST = text("SELECT * FROM list_rollout_targets(:id, :after, :most)")
_MOVE = text("SELECT move_rollout(:id, :before, :after, :is_overruled)")
_BEGIN = text("SELECT begin_rollout_targets(:id, :most)")
_BEGUN = text("SELECT * FROM begun_rollout_targets(:kind, :tenant, :type)")
_NOTE = text("SELECT note_rollout_targets(:id, :kind, :ids, :done, :hopeless)")

_TARGETS_OF = {
    WorkKind.AGENT: TargetKind.ASSISTANT,
    WorkKind.TOOLS: TargetKind.TOOL,
    WorkKind.NUMBERS: TargetKind.PHONE_NUMBER,
}

_DONE_ALL_THE_SAME = [reason.value for reason in PendingReason if reason.vapi_is_done]
_HOPELESS = [
    PendingReason.VAPI_REFUSED.value,
    PendingReason.ASSISTANT_MISSING.value,
    PendingReason.SEVERAL_ASSISTANTS.value,
    PendingReason.NOT_TAKEN_OVER.value,
    PendingReason.ORGANIZATION_UNKNOWN.value,
]


class RolloutStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def candidates(self, backend_url: str, webhook_url: str) -> list[Target]:
        rows = await self._rows(_CANDIDATES, backend_url=backend_url, webhook_url=webhook_url)
        return [_target(row, TargetState.WAITING, None) for row in rows]

    async def start(self, rollout_id: UUID, backend_url: str, webhook_url: str, canaries: int) -> None:
        try:
            await self._rows(_START, id=rollout_id, backend_url=backend_url, webhook_url=webhook_url, canaries=canaries)
        except IntegrityError:
            raise RolloutUnderWay from None

    async def get(self, rollout_id: UUID | None) -> Rollout | None:
        rows = await self._rows(_GET, id=rollout_id)
        return _rollout(rows[0]) if rows else None

    async def targets(self, rollout_id: UUID, after: int, most: int) -> list[Placed]:
        rows = await self._rows(_LIST, id=rollout_id, after=after, most=most)
        return [Placed(row.place, _target(row, TargetState(row.state), _reason(row.reason))) for row in rows]

    async def move(self, rollout: Rollout, after: State) -> bool:
        try:
            rows = await self._rows(
                _MOVE, id=rollout.id, before=rollout.state, after=after, is_overruled=rollout.is_overruled
            )
        except IntegrityError:  # opened again while another is under way
            raise RolloutOver from None
        return bool(rows[0][0])

    async def begin(self, rollout_id: UUID, most: int) -> None:
        await self._rows(_BEGIN, id=rollout_id, most=most)

    async def begun(self, work: Work) -> Begun | None:
        kind = _TARGETS_OF[work.kind]
        agent_type = work.key if kind is TargetKind.ASSISTANT else None
        rows = await self._rows(_BEGUN, kind=kind, tenant=work.tenant, type=agent_type)
        return Begun(rows[0].rollout_id, kind, [row.vapi_id for row in rows]) if rows else None

    async def note(self, begun: Begun) -> None:
        await self._rows(
            _NOTE, id=begun.rollout_id, kind=begun.kind, ids=begun.vapi_ids, done=_DONE_ALL_THE_SAME, hopeless=_HOPELESS
        )

    async def _rows(self, statement: Any, **values: Any) -> list[Row[Any]]:
        async with self._database.directory_transaction() as session:
            return list((await session.execute(statement, values)).all())


def _rollout(row: Row[Any]) -> Rollout:
    return Rollout(
        id=row.id,
        state=State(row.state),
        resumes_as=State(row.resumes_as) if row.resumes_as else None,
        backend_url=row.backend_url,
        previous_backend_url=row.previous_backend_url,
        started_at=row.started_at,
        ended_at=row.ended_at,
        is_latest=row.is_latest,
        is_overruled=row.is_overruled,
        waiting=row.waiting,
        pointed=row.pointed,
        failed=row.failed,
        restored=row.restored,
        canaries_waiting=row.canaries_waiting,
        canaries_failed=row.canaries_failed,
    )


def _target(row: Row[Any], state: TargetState, reason: PendingReason | None) -> Target:
    return Target(
        kind=TargetKind(row.kind),
        vapi_id=row.vapi_id,
        name=row.name,
        tenant=TenantId(row.org_id) if row.org_id else None,
        url_before=row.url_before,
        url_after=row.url_after,
        state=state,
        reason=reason,
    )


def _reason(text_: str | None) -> PendingReason | None:
    return PendingReason(text_) if text_ else None
