"""Why a start was offered in an answer, or was not: by the same arithmetic that decided the answer."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time
from enum import StrEnum

from booking.domain.schedule.appointments import Slot
from booking.domain.schedule.availability import last_day, open_periods, starts
from booking.domain.schedule.calendars import Calendar
from booking.domain.schedule.grounds import Grounds
from booking.domain.schedule.local_time import Occupant, Occupied, Period, Skipped, Twice, instant


class Reason(StrEnum):
    OFFERED = "offered"
    OUTSIDE_HOURS = "outside_hours"
    CLOSED = "closed"
    NOT_A_START = "not_a_start"
    PAST = "past"
    LEAD_TIME = "lead_time"
    HORIZON = "horizon"
    APPOINTMENT = "appointment"
    HOLD = "hold"
    BUSY_OUTSIDE = "busy_outside"
    BUFFER = "buffer"
    CLOCK_CHANGE = "clock_change"
    OUT_OF_USE = "out_of_use"


_IN_THE_WAY = {
    Occupant.APPOINTMENT: (Reason.APPOINTMENT, "was taken: there is an appointment"),
    Occupant.HOLD: (Reason.HOLD, "was kept for another caller"),
    Occupant.OUTSIDE: (Reason.BUSY_OUTSIDE, "was busy in a calendar outside"),
    Occupant.OUT_OF_USE: (Reason.OUT_OF_USE, "could not be had: the calendar had gone out of use, as was asked"),
}


@dataclass(frozen=True, slots=True)
class Explanation:
    calendar: Calendar
    wall: datetime
    """The start, on the calendar's clock."""
    reason: Reason
    why: str

    @property
    def sentence(self) -> str:
        return f"{self.calendar.name}: {self.wall:%H:%M} on {self.wall:%A, %Y-%m-%d} {self.why}."


def explain_start(grounds: Grounds, clock: time, day: date | None = None) -> list[Explanation]:
    """Of each day that was looked at, or of that one; calendar by calendar."""
    walls = [datetime.combine(one, clock) for one in grounds.days if day in {None, one}]
    return [_Start(grounds, calendar, wall).explained() for wall in walls for calendar in grounds.calendars]


@dataclass(frozen=True, slots=True)
class _Start:
    grounds: Grounds
    calendar: Calendar
    wall: datetime

    def explained(self) -> Explanation:
        reason, why = self._found() or (Reason.OFFERED, "was free, and told; of many an assistant says two or three")
        return Explanation(self.calendar, self.wall, reason, why)

    def _found(self) -> tuple[Reason, str] | None:
        """What kept it from being offered."""
        match instant(self.wall, self.calendar.zone):
            case Skipped():
                return Reason.CLOCK_CHANGE, "does not exist: clocks go forward"
            case Twice():
                return Reason.CLOCK_CHANGE, "occurs twice: clocks go back"
            case start:
                slot = Slot(self.calendar, self.grounds.service, start)
                return self._out_of_bounds(slot) or self._no_start(slot) or self._too_soon(slot) or self._taken(slot)

    def _out_of_bounds(self, slot: Slot) -> tuple[Reason, str] | None:
        now = self.grounds.now
        if slot.start < now:
            return Reason.PAST, f"was over: it was asked for at {self._clock(now)}"
        if self.wall.date() > (last := last_day(self.calendar, slot.service, now)):
            return Reason.HORIZON, f"was too far ahead: {slot.service.name} could be booked until {last}"
        return None

    def _no_start(self, slot: Slot) -> tuple[Reason, str] | None:
        day, step = self.wall.date(), slot.service.step_minutes
        if slot.start in starts(self.calendar, slot.service, day):
            return None
        if _is_open(self.calendar, slot):
            return Reason.NOT_A_START, f"is no start: {slot.service.name} begins every {step} minutes from the opening"
        if _is_open(replace(self.calendar, closures=()), slot):
            return Reason.CLOSED, "is in a closure"
        opened = " and ".join(f"{_minutes(one.opens)} to {_minutes(one.closes)}" for one in self.calendar.hours(day))
        hours = f"is not within the hours: it is open from {opened}" if opened else "is on a day without hours"
        return Reason.OUTSIDE_HOURS, hours

    def _too_soon(self, slot: Slot) -> tuple[Reason, str] | None:
        if slot.start >= self.grounds.now + slot.service.lead_time:
            return None
        ahead = f"{slot.service.lead_time_minutes} minutes ahead"
        asked = f"it was asked for at {self._clock(self.grounds.now)}"
        return Reason.LEAD_TIME, f"was too soon: {slot.service.name} is booked at least {ahead}, and {asked}"

    def _taken(self, slot: Slot) -> tuple[Reason, str] | None:
        busy = self.grounds.busy.get(self.calendar.id, ())
        in_the_way = [period for period in busy if period.overlaps(slot.occupied)]
        if not in_the_way:
            return None
        meets = next((period for period in in_the_way if period.core.overlaps(_itself(slot))), None)
        if meets is None:
            there = self._from_to(in_the_way[0])
            return Reason.BUFFER, f"was too close to what is there {there}: time is kept free around it"
        reason, why = _IN_THE_WAY[meets.by]
        return reason, f"{why} {self._from_to(meets)}"

    def _from_to(self, period: Occupied) -> str:
        return f"from {self._clock(period.core.start)} to {self._clock(period.core.end)}"

    def _clock(self, moment: datetime) -> str:
        return f"{moment.astimezone(self.calendar.zone):%Y-%m-%d %H:%M}"


def _itself(slot: Slot) -> Period:
    """Without what is kept free around it."""
    return Period(slot.start, slot.end)


def _is_open(calendar: Calendar, slot: Slot) -> bool:
    """Whether it is for as long as the slot lasts."""
    opened = open_periods(calendar, slot.start.astimezone(calendar.zone).date())
    return any(period.start <= slot.start and slot.end <= period.end for period in opened)


def _minutes(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
