"""Reports as the gateway tells them."""

from datetime import date, timedelta
from typing import Any

DEEDS = {"booked": 0, "moved": 0, "cancelled": 0}
NO_CALLS: dict[str, int] = {
    "total": 0,
    "inbound": 0,
    "outbound": 0,
    "web": 0,
    "unknown": 0,
    "answered": 0,
    "incomplete": 0,
}
OUTCOMES = (
    "booked",
    "rescheduled",
    "cancelled",
    "transferred",
    "voicemail",
    "no_answer",
    "failed",
    "open",
    "information",
)


def a_day(day: date, calls: int = 0, booked: int = 0) -> dict[str, Any]:
    counts = {"calls": calls, "asked": booked, "booked": booked, "appointments": booked}
    return {"day": day.isoformat(), "minutes": 2.0 * calls, "cost": 0.1 * calls, **counts}


def a_quiet_report(days: int = 30) -> dict[str, Any]:
    first = date(2026, 11, 2)
    return {
        "from": "2026-11-02T05:00:00Z",
        "to": "2026-12-02T05:00:00Z",
        "timezone": "America/New_York",
        "calls": NO_CALLS,
        "duration": {"minutes": 0.0, "mean_seconds": None, "median_seconds": None},
        "cost": {"total": 0.0, "parts": {}, "per_call": None, "per_appointment": None},
        "outcomes": dict.fromkeys(OUTCOMES, 0),
        "ended_reasons": [],
        "conversion": {"asked": 0, "booked": 0, "rate": None, "appointments": 0},
        "appointments": {"by_assistants": DEEDS, "by_staff": DEEDS},
        "callers": {"known": 0, "new": 0, "unknown": 0},
        "days": [a_day(first + timedelta(days=place)) for place in range(days)],
        "hours": [[0] * 24 for _ in range(7)],
        "tools": [],
    }


def a_busy_report(days: int = 14) -> dict[str, Any]:
    first = date(2026, 11, 2)
    open_days = [first + timedelta(days=place) for place in range(days)]
    calls = [0 if day.weekday() > 4 else 18 + 7 * (place % 4) for place, day in enumerate(open_days)]
    hours = [[0] * 8 + [3, 9, 12, 7, 4, 6, 8, 5, 3, 1] + [0] * 6 for _ in range(5)] + [[0] * 24, [0] * 24]
    hours[0][9] = 21
    total = sum(calls)
    told = {
        "calls": NO_CALLS
        | {"total": total, "inbound": total - 12, "outbound": 12, "answered": total - 9, "incomplete": 2},
        "duration": {"minutes": 612.4, "mean_seconds": 129.7, "median_seconds": 108.0},
        "cost": {"total": 31.2, "parts": {"model": 11.1, "voice": 20.1}, "per_call": 0.111, "per_appointment": 0.2666},
        "outcomes": dict.fromkeys(OUTCOMES, 0)
        | {
            "booked": 112,
            "rescheduled": 9,
            "cancelled": 14,
            "transferred": 21,
            "no_answer": 6,
            "voicemail": 3,
            "failed": 2,
        }
        | {"information": total - 167},
        "ended_reasons": [
            {"outcome": "booked", "reason": "customer-ended-call", "calls": 101},
            {"outcome": "transferred", "reason": "assistant-forwarded-call", "calls": 21},
            {"outcome": "no_answer", "reason": "customer-did-not-answer", "calls": 6},
            {"outcome": "failed", "reason": None, "calls": 2},
        ],
        "conversion": {"asked": 180, "booked": 112, "rate": 0.6222, "appointments": 117},
        "appointments": {
            "by_assistants": {"booked": 117, "moved": 10, "cancelled": 14},
            "by_staff": {"booked": 36, "moved": 4, "cancelled": 2},
        },
        "callers": {"known": 150, "new": 111, "unknown": total - 261},
        "days": [a_day(day, number, number // 3) for day, number in zip(open_days, calls, strict=True)],
        "hours": hours,
        "tools": [
            {
                "tool": "bookClinicAppointment",
                "calls": 130,
                "uses": 141,
                "failures": {"DATABASE_UNAVAILABLE": 1},
                "no_answers": {"taken": 17, "closed": 6},
                "latency_ms": {"p50": 21.4, "p95": 88.6},
            },
            {"tool": "endCall", "calls": 88, "uses": None, "failures": {}, "no_answers": {}, "latency_ms": None},
        ],
    }
    return a_quiet_report(days) | told
