"""Quarantined messages, their bodies sealed to their rows. Like the audit log, nobody's: functions alone reach them."""

import hashlib
import json
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database.engine import Database
from chassis.encryption import CannotOpen, Sealer
from chassis.logs import get_logger
from tenancy.domain.errors import QuarantineFull, SealedWithUnknownKey
from tenancy.domain.quarantine.message import (
    MOST_BYTES_CLAIMED,
    ROOM,
    Arrival,
    QuarantinedMessage,
    Room,
    Said,
    State,
    Unsealed,
)
from tenancy.domain.routing.evidence import Outcome, Source
from tenancy.store.audit import record
from tenancy.store.turns import take_turns

_OF_DIGEST = text("SELECT quarantined_message_of_digest(:digest)")
_MAKE_ROOM = text(
    "SELECT make_room_in_quarantine("
    ":state, :line, :size, :most_of_line, :most_bytes_of_line, :most_of_all, :most_bytes_of_all)"
)
_ADD = text(
    "SELECT quarantine_message("
    ":id, :digest, :sealed_body, :size, :message_type, :outcome, CAST(:evidence AS jsonb), :line, :called_number,"
    " :phone_number_ids, :assistant_ids, :organization_ids, :call_id, :call_started_at, :received_at, :expires_at,"
    " :state)"
)
_COLUMNS = (
    "id, position, message_type, outcome, evidence, call_id, call_started_at, received_at, expires_at, state, org_id"
)
_LIST = text(f"SELECT {_COLUMNS} FROM list_quarantined_messages(:after, :most)")  # noqa: S608  # constants
_READ = text(f"SELECT {_COLUMNS}, sealed_body FROM read_quarantined_message(:id)")  # noqa: S608  # constants
_CLAIM = text(
    f"SELECT {_COLUMNS}, sealed_body FROM claim_quarantined_messages(:lease, :most, :most_bytes)"  # noqa: S608  # constants
    " ORDER BY received_at, position"
)
_FINISH = text("SELECT finish_quarantined_message(:id, :organization)")
_FORGET_EXPIRED = text("SELECT forget_expired_messages()")

_log = get_logger()


class QuarantineStore:
    def __init__(self, database: Database, sealer: Sealer, *, room: Room = ROOM) -> None:
        self._database = database
        self._sealer = sealer
        self._room = room

    async def keep(self, arrival: Arrival, *, contradiction: str | None) -> UUID:
        """Raises QuarantineFull."""
        new = self._row(uuid4(), arrival)
        async with self._database.directory_transaction() as session:
            await take_turns(session, "quarantined_messages")
            known: UUID | None = await session.scalar(_OF_DIGEST, new)
            if known is not None:
                return known
            if not await session.scalar(_MAKE_ROOM, new | _bounds(self._room)):
                raise QuarantineFull
            await session.execute(_ADD, new)
            if contradiction is not None:
                await _record_contradiction(session, new, contradiction)
        added: UUID = new["id"]
        return added

    async def after(self, position: int | None, limit: int) -> Sequence[QuarantinedMessage]:
        async with self._database.directory_transaction() as session:
            return [_message(row) for row in await session.execute(_LIST, {"after": position, "most": limit})]

    async def read(self, message_id: UUID) -> Unsealed | None:
        """Raises SealedWithUnknownKey: what cannot be read was not read."""
        async with self._database.directory_transaction() as session:
            row = (await session.execute(_READ, {"id": message_id})).one_or_none()
            if row is None:
                return None
            await record(session, "quarantined_message.read", organization=None, subject=str(message_id))
            return self._unsealed(row)

    async def claim(self, lease: timedelta, limit: int) -> Sequence[Unsealed]:
        """What cannot be opened is passed over until routes change again: it must not keep others waiting."""
        wanted = {"lease": lease, "most": limit, "most_bytes": MOST_BYTES_CLAIMED}
        async with self._database.directory_transaction() as session:
            while rows := (await session.execute(_CLAIM, wanted)).all():
                if claimed := [unsealed async for unsealed in self._readable(session, rows)]:
                    return claimed
        return []

    async def finish(self, message_id: UUID, organization_id: UUID | None) -> bool:
        async with self._database.directory_transaction() as session:
            return bool(await session.scalar(_FINISH, {"id": message_id, "organization": organization_id}))

    async def forget_expired(self) -> int:
        async with self._database.directory_transaction() as session:
            forgotten: int = await session.scalar(_FORGET_EXPIRED)
            return forgotten

    def _row(self, message_id: UUID, arrival: Arrival) -> dict[str, Any]:
        sealed_body = self._sealer.seal(arrival.body, about=_about(message_id))
        evidence = _evidence(arrival.said)
        return {
            "id": message_id,
            "digest": hashlib.sha256(arrival.body).digest(),
            "sealed_body": sealed_body,
            "size": len(sealed_body) + len(evidence),
            "message_type": arrival.message_type,
            "outcome": arrival.outcome.value,
            "evidence": evidence,
            "line": arrival.line,
            "called_number": next(iter(arrival.named(Source.CALLED_NUMBER)), None),
            "phone_number_ids": arrival.named(Source.PHONE_NUMBER_ID),
            "assistant_ids": arrival.named(Source.ASSISTANT_ID),
            "organization_ids": arrival.named(Source.METADATA),
            "call_id": arrival.call_id,
            "call_started_at": arrival.call_started_at,
            "received_at": arrival.received_at,
            "expires_at": arrival.expires_at,
            "state": arrival.state.value,
        }

    async def _readable(self, session: AsyncSession, rows: Sequence[Row[Any]]) -> AsyncIterator[Unsealed]:
        for row in rows:
            try:
                yield self._unsealed(row)
            except SealedWithUnknownKey:
                _log.error("a quarantined message cannot be opened", message_id=str(row.id))
                await session.execute(_FINISH, {"id": row.id, "organization": None})

    def _unsealed(self, row: Row[Any]) -> Unsealed:
        """Raises SealedWithUnknownKey."""
        if row.sealed_body is None:
            return Unsealed(_message(row), b"")
        try:
            return Unsealed(_message(row), self._sealer.open(row.sealed_body, about=_about(row.id)))
        except CannotOpen:
            raise SealedWithUnknownKey from None


async def _record_contradiction(session: AsyncSession, new: dict[str, Any], contradiction: str) -> None:
    await record(
        session,
        "message.contradicted",
        organization=None,
        subject=str(new["id"]),
        evidence=contradiction,
        message_type=new["message_type"],
        call_id=new["call_id"],
    )


def _bounds(room: Room) -> dict[str, int]:
    return {
        "most_of_line": room.of_line.messages,
        "most_bytes_of_line": room.of_line.bytes,
        "most_of_all": room.of_all.messages,
        "most_bytes_of_all": room.of_all.bytes,
    }


def _about(message_id: UUID) -> str:
    return f"quarantined_messages/{message_id}/body"


def _evidence(said: Said) -> str:
    """As JSON. PostgreSQL's knows no NUL; what stands in its place is no more readable as evidence."""
    return json.dumps(
        {source: [one.replace("\0", "\N{REPLACEMENT CHARACTER}") for one in said[source]] for source in said}
    )


def _message(row: Row[Any]) -> QuarantinedMessage:
    return QuarantinedMessage(
        row.id,
        row.position,
        row.message_type,
        Outcome(row.outcome),
        {Source(source): pieces for source, pieces in row.evidence.items()},
        row.call_id,
        row.call_started_at,
        row.received_at,
        row.expires_at,
        State(row.state),
        row.org_id,
    )
