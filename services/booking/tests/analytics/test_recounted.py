"""Every figure is what somebody counts who reads all rows: for pasts made at random, across changes of the clock."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.booking.tests.analytics.conftest import Analyst
from services.booking.tests.analytics.past import Past, Row, new_call, new_change, new_contact, new_tool_use
from services.booking.tests.analytics.recount import Recount
from switchboard.booking.v1.analytics_service_pb2 import Summary

NUMBERS = [f"+1415555010{digit}" for digit in range(6)]
REASONS = [
    None, "customer-ended-call", "assistant-ended-call", "assistant-forwarded-call", "voicemail", "customer-busy",
    "customer-did-not-answer", "pipeline-error-openai-llm-failed", "unknown-error", "silence-timed-out",
]  # fmt: skip
TOOLS = ["checkAvailability", "holdSlot", "bookClinicAppointment", "cancelAppointment", "transferCall", "apiRequest"]
ENDS = [
    ("said", "booked"),
    ("said", "taken"),
    ("said", "closed"),
    ("said", None),
    ("replayed", "taken"),
    ("TIMEOUT", None),
]
PLACES = [
    ("America/New_York", "2026-10-26", "2026-11-04"),
    ("America/St_Johns", "2026-03-06", "2026-03-10"),
    ("Australia/Lord_Howe", "2026-10-02", "2026-10-06"),
    ("Europe/Berlin", "2026-03-28T12:30:00+01:00", "2026-03-30T09:15:00+02:00"),
    ("Asia/Kolkata", "2026-12-30", "2027-01-03"),
    ("Pacific/Apia", "2011-12-29", "2012-01-02"),
]


class Chance:
    """A past at random around a period, much of it at its very ends."""

    def __init__(self, seed: int, start: datetime, end: datetime) -> None:
        self.random = random.Random(seed)
        self.start, self.end = start, end

    def moment(self) -> datetime:
        edge = self.random.choice([self.start, self.end, None])
        if edge is not None and self.random.random() < 0.2:
            return edge + self.random.choice([-1, 0, 1]) * timedelta(microseconds=1)
        span = self.end - self.start + timedelta(days=2)
        return self.start - timedelta(days=1) + span * self.random.random()

    def maybe(self, value: Any, share: float = 0.7) -> Any:
        return value if self.random.random() < share else None

    def contact(self) -> Row:
        return new_contact(
            phone=self.random.choice(NUMBERS),
            created_at=self.moment(),
            phone_since=self.random.choice(
                [datetime.min.replace(tzinfo=UTC), self.moment(), datetime.max.replace(tzinfo=UTC)]
            ),
        )

    def call(self) -> Row:
        pick, started_at = self.random, self.maybe(self.moment(), 0.8)
        return new_call(
            created_at=self.moment(),
            started_at=started_at,
            ended_at=self.maybe((started_at or self.moment()) + timedelta(milliseconds=pick.randrange(-5000, 900_000))),
            duration_seconds=self.maybe(pick.choice([0.0, pick.randrange(900_000) / 1000, pick.random() * 900])),
            direction=pick.choice([None, "inbound", "outbound", "web"]),
            ended_reason=pick.choice(REASONS),
            status=pick.choice([None, "in-progress", "ended"]),
            cost=self.maybe(pick.choice([0.0, round(pick.random(), 4), pick.random()])),
            cost_parts={part: pick.random() for part in ("model", "voice", "vapi") if pick.random() < 0.5},
            tools_used=sorted(pick.sample(TOOLS, pick.randrange(4))),
            caller_number=self.maybe(pick.choice(NUMBERS)),
            reported=pick.random() < 0.8,
        )

    def change(self, calls: list[Row]) -> Row:
        by_assistant = self.random.random() < 0.7
        return new_change(
            at=self.moment(),
            change=self.random.choice(["booked", "moved", "cancelled"]),
            by_assistant=by_assistant,
            conversation_id=self.maybe(self.random.choice(calls)["vapi_call_id"]) if by_assistant else None,
        )

    def tool_use(self, calls: list[Row]) -> Row:
        call = self.random.choice(calls)
        ended, outcome = self.random.choice(ENDS)
        return new_tool_use(
            vapi_call_id=self.maybe(call["vapi_call_id"], 0.5) or "a chat",
            at=self.moment(),
            tool=self.random.choice(TOOLS),
            ended=ended,
            outcome=outcome,
            milliseconds=self.random.random() * 3000,
        )


@pytest.mark.parametrize(("zone", "begins", "ends"), PLACES)
@pytest.mark.parametrize("seed", range(4))
async def test_every_figure_is_what_the_rows_add_up_to(
    analyst: Analyst, past: Past, zone: str, begins: str, ends: str, seed: int
) -> None:
    start, end = (datetime.fromisoformat(text) for text in (begins, ends))
    start, end = ((one if one.tzinfo else one.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC) for one in (start, end))
    chance = Chance(seed, start, end)
    contacts = await past.write("contacts", [chance.contact() for _ in range(8)])
    calls = await past.write("calls", [chance.call() for _ in range(150)])
    changes = await past.write("appointment_changes", [chance.change(list(calls)) for _ in range(60)])
    uses = await past.write("call_events", [chance.tool_use(list(calls)) for _ in range(80)])

    summary = await analyst.summary(begins, ends, zone)

    recount = Recount(zone, start, end, calls=calls, contacts=contacts, changes=changes, tool_uses=uses)
    assert read(summary) == recount.figures()


def read(summary: Summary) -> dict[str, Any]:
    """The message as plain values."""

    def told(message: Any, field: str) -> Any:
        return getattr(message, field) if message.HasField(field) else None

    def totals(figures: Any) -> dict[str, Any]:
        return {name: getattr(figures, name) for name in added_up}

    added_up = ("calls", "minutes", "cost", "asked", "booked", "appointments")
    optional = ("mean_seconds", "median_seconds", "cost_per_call", "cost_per_appointment", "booked_of_asked")
    mapped = ("directions", "cost_parts", "outcomes", "callers", "changes_by_assistants", "changes_by_staff")
    return {
        "total": totals(summary.total),
        "answered": summary.answered,
        "incomplete": summary.incomplete,
        **{name: told(summary, name) for name in optional},
        **{name: dict(getattr(summary, name)) for name in mapped},
        "ended_reasons": {(one.outcome, one.reason): one.calls for one in summary.ended_reasons},
        "days": {one.day: totals(one.figures) for one in summary.days},
        "weekdays": [list(weekday.calls) for weekday in summary.weekdays],
        "tools": {
            one.tool: {
                "calls": one.calls,
                "uses": told(one, "uses"),
                "failures": dict(one.failures),
                "no_answers": dict(one.no_answers),
                "p50": told(one, "p50"),
                "p95": told(one, "p95"),
            }
            for one in summary.tools
        },
    }
