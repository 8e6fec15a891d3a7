"""Reports over gRPC: what is in them, and what is not."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from booking.domain.analytics import report
from chassis.errors import RemoteError
from chassis.tenant import TenantId
from services.booking.tests.analytics.conftest import Analyst
from services.booking.tests.analytics.past import NOON, Past

NOVEMBER = ("2026-11-01", "2026-12-01", "America/New_York")


async def test_a_time_without_calls_has_its_days_and_no_figure_that_nobody_knows(analyst: Analyst) -> None:
    summary = await analyst.summary(*NOVEMBER)

    assert (summary.total.calls, len(summary.days), len(summary.weekdays)) == (0, 30, 7)
    unknown = ("mean_seconds", "median_seconds", "cost_per_call", "cost_per_appointment", "booked_of_asked")
    assert not any(summary.HasField(name) for name in unknown)
    assert set(summary.outcomes.values()) == {0}


async def test_a_call_that_crosses_midnight_is_of_the_day_it_began(analyst: Analyst, past: Past) -> None:
    began = datetime(2026, 11, 3, 4, 59, 30, tzinfo=UTC)
    await past.call(started_at=began, ended_at=began + timedelta(minutes=10), duration_seconds=600.0)

    summary = await analyst.summary(*NOVEMBER)

    assert [(day.day, day.figures.minutes) for day in summary.days if day.figures.calls] == [("2026-11-02", 10.0)]
    assert summary.weekdays[0].calls[23] == 1


async def test_both_hours_of_a_clock_that_goes_back_are_one_column(analyst: Analyst, past: Past) -> None:
    for offset in ("-04:00", "-05:00"):
        await past.call(started_at=datetime.fromisoformat(f"2026-11-01T01:30:00{offset}"))

    summary = await analyst.summary(*NOVEMBER)

    assert summary.weekdays[6].calls[1] == 2
    assert summary.days[0].figures.calls == 2


async def test_a_call_without_its_report_counts_and_is_incomplete(analyst: Analyst, past: Past) -> None:
    await past.call(reported=False, started_at=None, status="in-progress", created_at=NOON)
    await past.call(cost=0.5)

    summary = await analyst.summary(*NOVEMBER)

    assert (summary.total.calls, summary.incomplete) == (2, 1)
    assert (summary.outcomes["open"], summary.cost_per_call) == (1, 0.5)


async def test_a_call_asked_for_a_time_if_a_tool_was_used_for_it_whatever_its_report_tells(
    analyst: Analyst, past: Past
) -> None:
    refused, failed = await past.call(reported=False), await past.call()
    for call, tool, ended in (
        (refused, "bookClinicAppointment", "said"),
        (refused, "bookClinicAppointment", "said"),
        (failed, "checkAvailability", "TIMEOUT"),
        (await past.call(), "cancelAppointment", "said"),
        (await past.call(), "holdSlot", "replayed"),
    ):
        await past.tool_use(vapi_call_id=call["vapi_call_id"], tool=tool, ended=ended, outcome=None)

    summary, calls = await analyst.summary(*NOVEMBER), await analyst.calls(*NOVEMBER)

    assert (summary.total.calls, summary.total.asked) == (4, 2)
    assert {call.id for call in calls if call.asked} == {str(refused["id"]), str(failed["id"])}


async def test_who_was_erased_stays_in_the_figures_as_nobody(analyst: Analyst, past: Past) -> None:
    await past.contact(phone="+14155550123", created_at=NOON - timedelta(days=1), phone_since=NOON - timedelta(days=1))
    call = await past.call(caller_number="+14155550123", cost=0.25)
    assert (await analyst.summary(*NOVEMBER)).callers["known"] == 1

    await past.connection.execute("DELETE FROM booking.contacts WHERE org_id = $1", past.tenant)
    erase = "UPDATE booking.calls SET caller_number = NULL, erased = true WHERE id = $1"
    await past.connection.execute(erase, call["id"])

    summary = await analyst.summary(*NOVEMBER)
    assert (summary.callers["known"], summary.callers["unknown"], summary.total.cost) == (0, 1, 0.25)


async def test_money_is_added_up_without_a_grain_lost(analyst: Analyst, past: Past) -> None:
    for _ in range(10):
        await past.call(cost=0.1, cost_parts={"model": 0.1})
    await past.call(cost=1e9)

    summary = await analyst.summary(*NOVEMBER)

    assert summary.total.cost == 1_000_000_001.0
    assert summary.cost_parts["model"] == 1.0


async def test_what_staff_do_is_told_apart_from_what_assistants_do(analyst: Analyst, past: Past) -> None:
    call = await past.call()
    await past.change(change="booked", conversation_id=call["vapi_call_id"])
    await past.change(change="booked", conversation_id="a chat")
    await past.change(change="moved", by_assistant=False)

    summary = await analyst.summary(*NOVEMBER)

    assert dict(summary.changes_by_assistants) == {"booked": 2, "moved": 0, "cancelled": 0}
    assert dict(summary.changes_by_staff) == {"booked": 0, "moved": 1, "cancelled": 0}
    assert (summary.total.booked, summary.total.appointments) == (1, 1)


async def test_tools_of_which_no_use_was_recorded_have_no_latency(analyst: Analyst, past: Past) -> None:
    await past.call(tools_used=["endCall"])
    await past.tool_use(tool="holdSlot", milliseconds=0.0)

    end_call, hold = (await analyst.summary(*NOVEMBER)).tools

    assert (end_call.tool, end_call.calls, end_call.HasField("uses"), end_call.HasField("p50")) == (
        "endCall",
        1,
        False,
        False,
    )
    assert (hold.tool, hold.uses, hold.HasField("p50"), hold.p50) == ("holdSlot", 1, True, 0.0)


async def test_lists_go_on_page_by_page_without_a_gap(
    analyst: Analyst, past: Past, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "ROWS_AT_ONCE", 3)
    # Of one moment as well: then by id.
    moments = [NOON, NOON, NOON, NOON, NOON + timedelta(seconds=1), NOON - timedelta(seconds=1), NOON]
    calls = [await past.call(started_at=moment) for moment in moments]
    changes = [await past.change(at=moment) for moment in moments]
    uses = [await past.tool_use(at=moment) for moment in moments]

    def in_order(rows: list, at: str) -> list[str]:
        return [str(row["id"]) for row in sorted(rows, key=lambda row: (row[at], row["id"]))]

    assert [one.id for one in await analyst.calls(*NOVEMBER)] == in_order(calls, "started_at")
    assert [one.id for one in await analyst.changes(*NOVEMBER)] == in_order(changes, "at")
    assert [one.id for one in await analyst.tool_uses(*NOVEMBER)] == in_order(uses, "at")


async def test_another_organizations_past_is_in_no_figure(analyst: Analyst, past: Past) -> None:
    elsewhere = Past(past.connection, TenantId(UUID(int=7)))
    call = await past.call()
    await elsewhere.change(conversation_id=call["vapi_call_id"])
    await elsewhere.contact(phone="+14155550123", created_at=NOON - timedelta(days=9))
    await past.call(caller_number="+14155550123")

    summary = await analyst.summary(*NOVEMBER)

    assert (summary.total.booked, summary.callers["known"], summary.callers["new"]) == (0, 0, 1)
    assert await analyst.changes(*NOVEMBER) == []


@pytest.mark.parametrize("span", [("2026-12-01", "2026-11-01"), ("2020-01-01", "2026-01-01"), ("soon", "")])
async def test_a_period_that_cannot_be_is_refused(analyst: Analyst, span: tuple[str, str]) -> None:
    for ask in (analyst.summary, analyst.calls, analyst.changes, analyst.tool_uses):
        with pytest.raises(RemoteError) as refused:
            await ask(*span, "UTC")
        assert refused.value.reason == "MALFORMED_PERIOD"
