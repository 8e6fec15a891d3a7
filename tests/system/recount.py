"""A summary counted again from the three tables that are exported, by nothing but docs/analytics.md."""

import json
import math
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

Row = dict[str, str]
DIRECTIONS = ("inbound", "outbound", "web", "unknown")
OUTCOMES = (
    "booked", "rescheduled", "cancelled", "transferred", "voicemail", "no_answer", "failed", "open", "information",
)  # fmt: skip
DEEDS = ("booked", "moved", "cancelled")


def recounted(calls: Sequence[Row], changes: Sequence[Row], uses: Sequence[Row], days: Sequence[str]) -> dict[str, Any]:
    """All figures of the summary. `days` are those of its period: days without a call are in no table."""
    seconds, costs = numbers(calls, "duration_seconds"), numbers(calls, "cost")
    made = sum(int(call["booked"]) for call in calls)
    asked, booked = (sum(map(yes, calls)) for yes in (that_asked, that_booked))
    return {
        "calls": {"total": len(calls)}
        | counted(DIRECTIONS, (call["direction"] for call in calls))
        | {name: sum(call[name] == "true" for call in calls) for name in ("answered", "incomplete")},
        "duration": {
            "minutes": shown(sum(seconds) / 60, 2),
            "mean_seconds": shown(sum(seconds) / len(seconds), 3) if seconds else None,
            "median_seconds": shown(statistics.median(seconds), 3) if seconds else None,
        },
        "cost": {
            "total": shown(sum(costs), 6),
            "parts": parts(calls),
            "per_call": shown(sum(costs) / len(costs), 6) if costs else None,
            "per_appointment": shown(sum(costs) / made, 6) if costs and made else None,
        },
        "outcomes": counted(OUTCOMES, (call["outcome"] for call in calls)),
        "ended_reasons": Counter((call["outcome"], call["ended_reason"] or None) for call in calls),
        "conversion": {
            "asked": asked,
            "booked": booked,
            "rate": shown(Decimal(booked) / asked, 4) if asked else None,
            "appointments": made,
        },
        "appointments": {
            "by_assistants": counted(DEEDS, (one["change"] for one in changes if one["by"] == "assistant")),
            "by_staff": counted(DEEDS, (one["change"] for one in changes if one["by"] == "staff")),
        },
        "callers": counted(("known", "new", "unknown"), (call["caller"] for call in calls)),
        "days": [a_day(day, [call for call in calls if call["at"].startswith(day)]) for day in days],
        "hours": hours(calls),
        "tools": tools(calls, uses),
    }


def a_day(day: str, calls: Sequence[Row]) -> dict[str, Any]:
    return {
        "day": day,
        "calls": len(calls),
        "minutes": shown(sum(numbers(calls, "duration_seconds")) / 60, 2),
        "cost": shown(sum(numbers(calls, "cost")), 6),
        "asked": sum(map(that_asked, calls)),
        "booked": sum(map(that_booked, calls)),
        "appointments": sum(int(call["booked"]) for call in calls),
    }


def hours(calls: Sequence[Row]) -> list[list[int]]:
    counts = [[0] * 24 for _ in range(7)]
    for call in calls:
        clock = datetime.fromisoformat(call["at"])
        counts[clock.weekday()][clock.hour] += 1
    return counts


def tools(calls: Sequence[Row], uses: Sequence[Row]) -> list[dict[str, Any]]:
    in_calls = Counter(tool for call in calls for tool in call["tools_used"].split())
    names = sorted({*in_calls, *(use["tool"] for use in uses)})
    return [a_tool(name, in_calls[name], [use for use in uses if use["tool"] == name]) for name in names]


def a_tool(name: str, calls: int, uses: Sequence[Row]) -> dict[str, Any]:
    latencies = sorted(float(use["milliseconds"]) for use in uses)
    return {
        "tool": name,
        "calls": calls,
        "uses": len(uses) or None,
        "failures": dict(Counter(use["ended"] for use in uses if use["ended"] != "said")),
        "no_answers": dict(Counter(use["no_answer"] for use in uses if use["no_answer"])),
        "latency_ms": {"p50": rank(latencies, 0.5), "p95": rank(latencies, 0.95)} if uses else None,
    }


def parts(calls: Sequence[Row]) -> dict[str, float]:
    sums: Counter[str] = Counter()
    for call in calls:
        sums.update(json.loads(call["cost_parts"], parse_float=Decimal, parse_int=Decimal))
    return {part: shown(sums[part], 6) for part in sums}


def that_asked(call: Row) -> bool:
    return call["asked"] == "true"


def that_booked(call: Row) -> bool:
    return call["booked"] != "0"


def numbers(calls: Sequence[Row], name: str) -> list[Decimal]:
    return [Decimal(call[name]) for call in calls if call[name]]


def rank(values: Sequence[float], share: float) -> float:
    return values[math.ceil(share * len(values)) - 1]


def counted(words: Iterable[str], told: Iterable[str]) -> dict[str, int]:
    found = Counter(told)
    return {word: found[word] for word in words}


def shown(number: Decimal | float, places: int) -> float:
    return round(float(number), places)
