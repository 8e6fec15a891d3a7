"""`/api/calendars`: what an organization is booked in, and when it is open."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Any, ClassVar

from msgspec import UNSET, Meta, Struct, UnsetType
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from chassis.errors import Kind
from chassis.rpc.client import RpcClient
from gateway.http.bodies import Body, given, read_body
from gateway.http.intake import Intake
from gateway.http.principals import Principals, path_id
from gateway.http.problems import Refused, state
from gateway.routes.listing import listed_by_name
from gateway.routes.resource import resource
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

    first_day: str
    last_day: str | None = None
    from_time: str | None = None
    until_time: str | None = None
    reason: str = ""


class Opened(Body):
    form: ClassVar[str] = '{"day": "2027-12-31", "opens": "09:00", "closes": "12:00"}'

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

    name: str
    timezone: str
    opening_hours: tuple[Interval, ...] = ()
    closures: tuple[Closed, ...] = ()
    extra_openings: tuple[Opened, ...] = ()
    id: str = ""


class ChangedCalendar(Body):
    form: ClassVar[str] = f'{{"name"?: text, "timezone"?: a name of the IANA database, {_OF_TIMES}}}'

    name: str | UnsetType = UNSET
    timezone: str | UnsetType = UNSET
    opening_hours: tuple[Interval, ...] | UnsetType = UNSET
    closures: tuple[Closed, ...] | UnsetType = UNSET
    extra_openings: tuple[Opened, ...] | UnsetType = UNSET


class CalendarRoutes:
    def __init__(self, principals: Principals, intake: Intake, booking: RpcClient) -> None:
        self._principals = principals
        self._intake = intake
        self._booking = booking.stub(CalendarServiceStub)

    def routes(self) -> list[Route]:
        return [
            resource("/api/calendars", GET=self.list, POST=self.create),
            resource(_CALENDAR, GET=self.get, PATCH=self.update, DELETE=self.delete),
            resource(f"{_CALENDAR}/closures", POST=self.add_closure),
            resource(f"{_CALENDAR}/extra-openings", POST=self.add_extra_opening),
            resource(f"{_CALENDAR}/days/{{day}}", DELETE=self.reset_day),
        ]

    async def list(self, request: Request) -> Response:
        async with self._principals.organization(request):
            return listed_by_name(request, map(_item, await self._all()))

    async def create(self, request: Request) -> Response:
        body = await self._intake.body_of(request)
        async with self._principals.organization(request):
            new = read_body(request, body, NewCalendar)
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
        return JSONResponse(_item(made.calendar), status_code=201)

    async def get(self, request: Request) -> Response:
        async with self._principals.organization(request):
            wanted = path_id(request)
            for calendar in await self._all():
                if calendar.id == wanted:
                    return JSONResponse(_item(calendar))
        raise Refused(state(Kind.NOT_FOUND, "CALENDAR_NOT_FOUND"))

    async def update(self, request: Request) -> Response:
        body = await self._intake.body_of(request)
        async with self._principals.organization(request):
            wanted = _update(path_id(request), read_body(request, body, ChangedCalendar))
            changed = await self._booking.UpdateCalendar(wanted)
        return JSONResponse(_item(changed.calendar))

    async def add_closure(self, request: Request) -> Response:
        body = await self._intake.body_of(request)
        async with self._principals.organization(request):
            (closure,) = _closures([read_body(request, body, Closed)])
            wanted = AddClosureRequest(calendar_id=path_id(request), closure=closure)
            changed = await self._booking.AddClosure(wanted)
        return JSONResponse(_item(changed.calendar), status_code=201)

    async def add_extra_opening(self, request: Request) -> Response:
        body = await self._intake.body_of(request)
        async with self._principals.organization(request):
            (opening,) = _extra_openings([read_body(request, body, Opened)])
            wanted = AddExtraOpeningRequest(calendar_id=path_id(request), extra_opening=opening)
            changed = await self._booking.AddExtraOpening(wanted)
        return JSONResponse(_item(changed.calendar), status_code=201)

    async def reset_day(self, request: Request) -> Response:
        async with self._principals.organization(request):
            wanted = ResetDayRequest(calendar_id=path_id(request), day=request.path_params["day"])
            changed = await self._booking.ResetDay(wanted)
        return JSONResponse(_item(changed.calendar))

    async def delete(self, request: Request) -> Response:
        async with self._principals.organization(request):
            await self._booking.DeleteCalendar(DeleteCalendarRequest(id=path_id(request)))
        return Response(status_code=204)

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


def _item(calendar: Calendar) -> dict[str, Any]:
    return {
        "id": calendar.id,
        "name": calendar.name,
        "timezone": calendar.timezone,
        "opening_hours": [
            {"weekday": one.weekday, "opens": one.opens, "closes": one.closes} for one in calendar.opening_hours
        ],
        "closures": [
            {
                "first_day": one.first_day,
                "last_day": one.last_day or one.first_day,
                "from_time": one.from_time or None,
                "until_time": one.until_time or None,
                "reason": one.reason,
            }
            for one in calendar.closures
        ],
        "extra_openings": [
            {"day": one.day, "opens": one.opens, "closes": one.closes} for one in calendar.extra_openings
        ],
    }
