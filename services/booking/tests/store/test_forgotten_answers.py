"""What was answered is forgotten when nobody asks the same again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from booking.domain import forgetting
from booking.domain.reception.answers import Answer, ToolCall
from booking.domain.reception.forget_answers import KEPT_FOR, ForgetAnswers
from booking.store.postgres import PostgresStore
from booking.store.tool_calls import GivenAnswerStore
from chassis.database.engine import Database

AGED = "UPDATE booking.tool_calls SET created_at = $3 WHERE org_id = $1 AND tool_call_id = $2"
KEPT = "SELECT tool_call_id FROM booking.tool_calls WHERE org_id = ANY($1) ORDER BY 1"


@pytest.mark.parametrize("at_once", [1, 2, 1_000])
async def test_answers_are_forgotten_after_their_time_whoever_had_them_and_no_others(
    database: Database,
    store: PostgresStore,
    make_clinic: Any,
    superuser: asyncpg.Connection,
    monkeypatch: pytest.MonkeyPatch,
    at_once: int,
) -> None:
    monkeypatch.setattr(forgetting, "AT_ONCE", at_once)
    now = datetime.now(UTC)
    clinics = [await make_clinic() for _ in range(3)]
    ages = {"old": KEPT_FOR + timedelta(hours=1), "young": KEPT_FOR - timedelta(hours=1)}
    for clinic in clinics:
        for name, age in ages.items():
            async with store.unit(clinic.tenant) as unit:
                call = ToolCall("call-2", name, b"hash")
                await unit.record_tool_call(call)
                await unit.record_answer(call, Answer("It is booked."))
            await superuser.execute(AGED, clinic.tenant, name, now - age)

    await ForgetAnswers(GivenAnswerStore(database), lambda: now).forget_old()

    kept = await superuser.fetch(KEPT, [clinic.tenant for clinic in clinics])
    assert [row[0] for row in kept] == ["tool-1"] * 3 + ["young"] * 3


async def test_forgetting_waits_for_nobody_who_is_at_an_answer(
    database: Database, clinic: Any, superuser: asyncpg.Connection
) -> None:
    now = datetime.now(UTC)
    await superuser.execute(AGED, clinic.tenant, "tool-1", now - KEPT_FOR - timedelta(hours=1))
    async with superuser.transaction():
        await superuser.execute("SELECT FROM booking.tool_calls WHERE org_id = $1 FOR UPDATE", clinic.tenant)

        await ForgetAnswers(GivenAnswerStore(database), lambda: now).forget_old()

    assert len(await superuser.fetch(KEPT, [clinic.tenant])) == 1
