"""What was done to appointments, and who did it: kept for counting, by ids alone."""

from enum import StrEnum


class Change(StrEnum):
    BOOKED = "booked"
    MOVED = "moved"
    CANCELLED = "cancelled"
