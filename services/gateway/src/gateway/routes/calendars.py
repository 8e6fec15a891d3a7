"""`/api/calendars`: what an organization is booked in, and when it is open."""

from collections.abc import Iterable, Sequence
from typing import Annotated, ClassVar

from msgspec import UNSET, Meta, Struct, UnsetType

from chassis.errors import Kind
from chassis.rpc.client import RpcClient
from gateway.http.answers import Created, Page, Uuid
from gateway.http.bodies import Body, given
from gateway.http.operations import Resource, operation, resource
from gateway.http.parameters import Named, Paging
from gateway.http.problems import Refused, state
from gateway.routes.listing import page_in_order
from switchboard.booking.v1.calendar_service_pb2 import (
    AddClosureRequest,
    AddExtraOpeningRequest,
    Calendar,
    Closure,
    CreateCalendarRequest,
    DeleteCalendarRequest,
    ExtraOpening,
    ListCalendarsRequest,
    OpeningInterval,
    ResetDayRequest,
    UpdateCalendarRequest,
)
from switchboard.booking.v1.calendar_service_pb2_grpc import CalendarServiceStub

_CALENDAR = "/api/calendars/{id}"


class Interval(Struct, forbid_unknown_fields=True):
    weekday: Annotated[int, Meta(ge=1, le=7)]
    opens: str
    closes: str


class Closed(Body):
    form: ClassVar[str] = (
        '{"first_day": "2027-12-24", "last_day"?, "from_time"?: "12:00", "until_time"?, "reason"?: text}'
    )
    example: ClassVar = {
        "first_day": "2027-12-24",
        "from_time": "12:00",
        "until_time": "24:00",
        "reason": "Christmas Eve",
    }

    first_day: str
    last_day: str | None = None
    from_time: str | None = None
    until_time: str | None = None
    reason: str = ""


class Opened(Body):
    form: ClassVar[str] = '{"day": "2027-12-31", "opens": "09:00", "closes": "12:00"}'
    example: ClassVar = {"day": "2028-01-08", "opens": "09:00", "closes": "12:00"}

    day: str
    opens: str
    closes: str


_OF_TIMES = (
    '"opening_hours"?: [{"weekday": 1, Monday, to 7, "opens": "08:30", "closes": "18:00"}],'
    f' "closures"?: [{Closed.form}], "extra_openings"?: [{Opened.form}]'
)


class NewCalendar(Body):
    form: ClassVar[str] = (
        f'{{"name": text, "timezone": a name of the IANA database, {_OF_TIMES}, "id"?: a UUID of your choosing}}'
    )
    example: ClassVar = {
        "name": "Dr. Lake",
        "timezone": "America/New_York",
        "opening_hours": [{"weekday": day, "opens": "08:00", "closes": "18:00"} for day in range(1, 6)],
    }

    name: str
    timezone: str
    opening_hours: tuple[Interval, ...] = ()
    closures: tuple[Closed, ...] = ()
    extra_openings: tuple[Opened, ...] = ()
    id: str = ""


class ChangedCalendar(Body):
    form: ClassVar[str] = f'{{"name"?: text, "timezone"?: a name of the IANA database, {_OF_TIMES}}}'
    example: ClassVar = {"opening_hours": [{"weekday": 1, "opens": "08:30", "closes": "17:00"}]}

    name: str | UnsetType = UNSET
    timezone: str | UnsetType = UNSET
    opening_hours: tuple[Interval, ...] | UnsetType = UNSET
    closures: tuple[Closed, ...] | UnsetType = UNSET
    extra_openings: tuple[Opened, ...] | UnsetType = UNSET


class IntervalItem(Struct):
    weekday: int
    opens: str
    closes: str


class ClosureItem(Struct):
    first_day: str
    last_day: str
    from_time: str | None
    until_time: str | None
    reason: str


class ExtraOpeningItem(Struct):
    day: str
    opens: str
    closes: str


class CalendarItem(Struct):
    id: Uuid
    name: str
    timezone: str
    opening_hours: list[IntervalItem]
    closures: list[ClosureItem]
    extra_openings: list[ExtraOpeningItem]


class DayOfCalendar(Named):
    day: str


class CalendarRoutes:
    def __init__(self, booking: RpcClient) -> None:
        self._booking = booking.stub(CalendarServiceStub)

    def resources(self) -> list[Resource]:
        of_one = {404: ("CALENDAR_NOT_FOUND",)}
        of_a_day = {**of_one, 400: ("MALFORMED_CLOSURE",)}
        of_fields = {
            **of_one,
            400: ("MALFORMED_ID", "MISSING_NAME", "UNKNOWN_TIMEZONE", "MALFORMED_OPENING_HOURS", "MALFORMED_CLOSURE"),
            409: ("CALENDAR_NAME_TAKEN",),
        }
        return [
            resource(
                "/api/calendars",
                GET=operation(self.list, "List calendars by their names"),
                POST=operation(self.create, "Add a calendar", problems=of_fields),
            ),
            resource(
                _CALENDAR,
                GET=operation(self.get, "Read a calendar", problems=of_one),
                PATCH=operation(self.update, "Change a calendar", problems=of_fields),
                DELETE=operation(
                    self.delete, "Take a calendar out of use", problems={**of_one, 409: ("CALENDAR_IN_USE",)}
                ),
            ),
            resource(
                f"{_CALENDAR}/closures",
                POST=operation(self.add_closure, "Close a calendar for a day or some", problems=of_a_day),
            ),
            resource(
                f"{_CALENDAR}/extra-openings",
                POST=operation(self.add_extra_opening, "Open a calendar at other times", problems=of_a_day),
            ),
            resource(
                f"{_CALENDAR}/days/{{day}}",
                DELETE=operation(self.reset_day, "Have a day's usual hours again", problems=of_a_day),
            ),
        ]

    async def list(self, paging: Paging) -> Page[CalendarItem]:
        return page_in_order(paging, map(_item, await self._all()), lambda item: (item.name, item.id))

    async def create(self, new: NewCalendar) -> Created[CalendarItem]:
        made = await self._booking.CreateCalendar(
            CreateCalendarRequest(
                calendar_id=new.id,
                name=new.name,
                timezone=new.timezone,
                opening_hours=_opening_hours(new.opening_hours),
                closures=_closures(new.closures),
                extra_openings=_extra_openings(new.extra_openings),
            )
        )
        return Created(_item(made.calendar))

    async def get(self, wanted: Named) -> CalendarItem:
        for calendar in await self._all():
            if calendar.id == wanted.id:
                return _item(calendar)
        raise Refused(state(Kind.NOT_FOUND, "CALENDAR_NOT_FOUND"))

    async def update(self, calendar: Named, changed: ChangedCalendar) -> CalendarItem:
        """Appointments stay where they are, whatever the hours become."""
        return _item((await self._booking.UpdateCalendar(_update(calendar.id, changed))).calendar)

    async def add_closure(self, calendar: Named, closed: Closed) -> Created[CalendarItem]:
        """Appointments stay where they are."""
        (closure,) = _closures([closed])
        changed = await self._booking.AddClosure(AddClosureRequest(calendar_id=calendar.id, closure=closure))
        return Created(_item(changed.calendar))

    async def add_extra_opening(self, calendar: Named, opened: Opened) -> Created[CalendarItem]:
        (opening,) = _extra_openings([opened])
        wanted = AddExtraOpeningRequest(calendar_id=calendar.id, extra_opening=opening)
        return Created(_item((await self._booking.AddExtraOpening(wanted)).calendar))

    async def reset_day(self, wanted: DayOfCalendar) -> CalendarItem:
        """Takes back the closures that begin on it, and the extra openings on it; there need be none."""
        changed = await self._booking.ResetDay(ResetDayRequest(calendar_id=wanted.id, day=wanted.day))
        return _item(changed.calendar)

    async def delete(self, calendar: Named) -> None:
        """What was booked in it stays told."""
        await self._booking.DeleteCalendar(DeleteCalendarRequest(id=calendar.id))

    async def _all(self) -> Sequence[Calendar]:
        return (await self._booking.ListCalendars(ListCalendarsRequest())).calendars


def _update(calendar_id: str, changed: ChangedCalendar) -> UpdateCalendarRequest:
    update = UpdateCalendarRequest(id=calendar_id, name=given(changed.name), timezone=given(changed.timezone))
    # An empty list that is given empties; one that is not leaves things as they are.
    if not isinstance(changed.opening_hours, UnsetType):
        hours = UpdateCalendarRequest.OpeningHours(intervals=_opening_hours(changed.opening_hours))
        update.opening_hours.CopyFrom(hours)
    if not isinstance(changed.closures, UnsetType):
        update.closures.CopyFrom(UpdateCalendarRequest.Closures(closures=_closures(changed.closures)))
    if not isinstance(changed.extra_openings, UnsetType):
        openings = UpdateCalendarRequest.ExtraOpenings(openings=_extra_openings(changed.extra_openings))
        update.extra_openings.CopyFrom(openings)
    return update


def _opening_hours(intervals: Iterable[Interval]) -> Sequence[OpeningInterval]:
    return [OpeningInterval(weekday=one.weekday, opens=one.opens, closes=one.closes) for one in intervals]


def _closures(closures: Iterable[Closed]) -> Sequence[Closure]:
    return [
        Closure(
            first_day=one.first_day,
            last_day=one.last_day or "",
            from_time=one.from_time or "",
            until_time=one.until_time or "",
            reason=one.reason,
        )
        for one in closures
    ]


def _extra_openings(openings: Iterable[Opened]) -> Sequence[ExtraOpening]:
    return [ExtraOpening(day=one.day, opens=one.opens, closes=one.closes) for one in openings]


def _item(calendar: Calendar) -> CalendarItem:
    return CalendarItem(
        id=calendar.id,
        name=calendar.name,
        timezone=calendar.timezone,
        opening_hours=[
            IntervalItem(weekday=one.weekday, opens=one.opens, closes=one.closes) for one in calendar.opening_hours
        ],
        closures=[
            ClosureItem(
                first_day=one.first_day,
                last_day=one.last_day or one.first_day,
                from_time=one.from_time or None,
                until_time=one.until_time or None,
                reason=one.reason,
            )
            for one in calendar.closures
        ],
        extra_openings=[
            ExtraOpeningItem(day=one.day, opens=one.opens, closes=one.closes) for one in calendar.extra_openings
        ],
    )
