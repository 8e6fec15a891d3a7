"""The same figures in plain Python, row by row, as somebody would count them who does not trust ours.

Nothing of booking's is used here: what docs/analytics.md tells is enough.
"""

import math
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from services.booking.tests.analytics.past import Row

ASKING = {"checkAvailability", "holdSlot", "bookClinicAppointment"}
REFUSALS = {"taken", "closed"}
OF_REASON = {
    "assistant-forwarded-call": "transferred",
    "voicemail": "voicemail",
    "customer-did-not-answer": "no_answer",
    "customer-busy": "no_answer",
    "pipeline-error-openai-llm-failed": "failed",
    "unknown-error": "failed",
}


class Recount:
    def __init__(
        self,
        zone: str,
        start: datetime,
        end: datetime,
        *,
        calls: Sequence[Row],
        contacts: Sequence[Row],
        changes: Sequence[Row],
        tool_uses: Sequence[Row],
    ) -> None:
        self.zone = ZoneInfo(zone)
        self.contacts = contacts
        self.all_changes = changes
        self.calls = [call for call in calls if start <= at(call) < end]
        self.changes = [one for one in changes if start <= one["at"] < end]
        all_uses = [one for one in tool_uses if one["ended"] != "replayed"]
        self.calls_asking = {one["vapi_call_id"] for one in all_uses if one["tool"] in ASKING}
        self.uses = [one for one in all_uses if start <= one["at"] < end]
        self.start, self.end = start, end

    def figures(self) -> dict[str, Any]:
        """All of a summary's, by the names of the message's fields."""
        costs = [exact(call["cost"]) for call in self.calls if call["cost"] is not None]
        seconds = [length for call in self.calls if (length := seconds_of(call)) is not None]
        total = self.totals(self.calls)
        directions = (call["direction"] or "unknown" for call in self.calls)
        appointments = total["appointments"] if costs else 0
        return {
            "total": total,
            "directions": counted(("inbound", "outbound", "web", "unknown"), directions),
            "answered": sum(self.answered(call) for call in self.calls),
            "incomplete": sum(not call["reported"] for call in self.calls),
            "mean_seconds": shown(sum(seconds) / len(seconds), 3) if seconds else None,
            "median_seconds": shown(statistics.median(seconds), 3) if seconds else None,
            "cost_parts": self.cost_parts(),
            "cost_per_call": shown(sum(costs) / len(costs), 6) if costs else None,
            "cost_per_appointment": shown(sum(costs) / appointments, 6) if appointments else None,
            "outcomes": counted(OUTCOMES, map(self.outcome, self.calls)),
            "ended_reasons": Counter((self.outcome(call), call["ended_reason"] or "") for call in self.calls),
            "callers": counted(("known", "new", "unknown"), map(self.caller, self.calls)),
            "booked_of_asked": shown(Decimal(total["booked"]) / total["asked"], 4) if total["asked"] else None,
            "changes_by_assistants": self.done(by_assistant=True),
            "changes_by_staff": self.done(by_assistant=False),
            "days": self.days(),
            "weekdays": self.weekdays(),
            "tools": self.tools(),
        }

    def totals(self, calls: Iterable[Row]) -> dict[str, Any]:
        calls = list(calls)
        return {
            "calls": len(calls),
            "minutes": shown(sum((seconds_of(call) or Decimal() for call in calls), Decimal()) / 60, 2),
            "cost": shown(sum((exact(call["cost"] or 0) for call in calls), Decimal()), 6),
            "asked": sum(map(self.asked, calls)),
            "booked": sum(self.did(call, "booked") > 0 for call in calls),
            "appointments": sum(self.did(call, "booked") for call in calls),
        }

    def asked(self, call: Row) -> bool:
        used = ASKING & set(call["tools_used"]) or call["vapi_call_id"] in self.calls_asking
        return bool(used) or self.did(call, "booked") > 0

    def did(self, call: Row, change: str) -> int:
        return sum(
            one["conversation_id"] == call["vapi_call_id"] and one["change"] == change for one in self.all_changes
        )

    def outcome(self, call: Row) -> str:
        for change, outcome in (("booked", "booked"), ("moved", "rescheduled"), ("cancelled", "cancelled")):
            if self.did(call, change):
                return outcome
        if call["ended_reason"] in OF_REASON:
            return OF_REASON[call["ended_reason"]]
        if call["status"] != "ended" and call["ended_at"] is None:
            return "open"
        return "information" if begun(call) else "no_answer"

    def answered(self, call: Row) -> bool:
        outcome = self.outcome(call)
        if outcome in ("booked", "rescheduled", "cancelled", "transferred"):
            return True
        return begun(call) and outcome not in ("voicemail", "no_answer")

    def caller(self, call: Row) -> str:
        if call["caller_number"] is None:
            return "unknown"
        known = any(
            one["phone"] == call["caller_number"] and max(one["created_at"], one["phone_since"]) < at(call)
            for one in self.contacts
        )
        return "known" if known else "new"

    def cost_parts(self) -> dict[str, float]:
        parts: defaultdict[str, Decimal] = defaultdict(Decimal)
        for call in self.calls:
            for part, cost in call["cost_parts"].items():
                parts[part] += exact(cost)
        return {part: shown(cost, 6) for part, cost in parts.items()}

    def done(self, *, by_assistant: bool) -> dict[str, int]:
        done = (one["change"] for one in self.changes if one["by_assistant"] == by_assistant)
        return counted(("booked", "moved", "cancelled"), done)

    def days(self) -> dict[str, Any]:
        day, last = (moment.astimezone(self.zone).date() for moment in (self.start, self.end - timedelta(seconds=1)))
        found = {}
        while day <= last:
            found[day.isoformat()] = self.totals(c for c in self.calls if at(c).astimezone(self.zone).date() == day)
            day += timedelta(days=1)
        return found

    def weekdays(self) -> list[list[int]]:
        hours = [[0] * 24 for _ in range(7)]
        for call in self.calls:
            clock = at(call).astimezone(self.zone)
            hours[clock.weekday()][clock.hour] += 1
        return hours

    def tools(self) -> dict[str, Any]:
        names = {tool for call in self.calls for tool in call["tools_used"]} | {use["tool"] for use in self.uses}
        return {name: self.tool(name) for name in names}

    def tool(self, name: str) -> dict[str, Any]:
        uses = [use for use in self.uses if use["tool"] == name]
        said = [use["outcome"] for use in uses if use["ended"] == "said"]
        latencies = sorted(use["milliseconds"] for use in uses)
        return {
            "calls": sum(name in call["tools_used"] for call in self.calls),
            "uses": len(uses) or None,
            "failures": dict(Counter(use["ended"] for use in uses if use["ended"] != "said")),
            "no_answers": dict(Counter(outcome for outcome in said if outcome in REFUSALS)),
            "p50": nearest_rank(latencies, 0.5),
            "p95": nearest_rank(latencies, 0.95),
        }


OUTCOMES = (
    "booked", "rescheduled", "cancelled", "transferred", "voicemail", "no_answer", "failed", "open", "information",
)  # fmt: skip


def at(call: Row) -> datetime:
    moment: datetime = call["started_at"] or call["created_at"]
    return moment.astimezone(UTC)


def seconds_of(call: Row) -> Decimal | None:
    if call["duration_seconds"] is not None:
        return exact(call["duration_seconds"])
    if call["ended_at"] is None or call["started_at"] is None:
        return None
    return max(Decimal((call["ended_at"] - call["started_at"]) // timedelta(microseconds=1)) / 1_000_000, Decimal())


def begun(call: Row) -> bool:
    return call["started_at"] is not None or (call["duration_seconds"] or 0) > 0


def counted(words: Iterable[str], told: Iterable[str]) -> dict[str, int]:
    found = Counter(told)
    return {word: found[word] for word in words}


def nearest_rank(values: Sequence[float], share: float) -> float | None:
    return values[math.ceil(share * len(values)) - 1] if values else None


def exact(number: float) -> Decimal:
    return Decimal(repr(number))


def shown(number: Decimal | int, places: int) -> float:
    return round(float(number), places)
