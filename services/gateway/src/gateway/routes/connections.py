"""Calendars outside that are kept in step with an organization's own, over CalDAV. A password is taken, never told."""

from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from chassis.rpc.client import RpcClient
from gateway.http.answers import Created, Page, Rfc3339, Uuid, page, words
from gateway.http.bodies import Body
from gateway.http.operations import Resource, operation, resource
from gateway.http.parameters import Named, Paging, Query
from gateway.routes.listing import instant_in
from switchboard.booking.v1.caldav_service_pb2 import (
    CalendarConnection,
    ConnectCalendarRequest,
    DisconnectCalendarRequest,
    Drift,
    GetConnectionRequest,
    ListConnectionsRequest,
    ListDriftRequest,
    PutBackRequest,
    ReplacePasswordRequest,
)
from switchboard.booking.v1.caldav_service_pb2_grpc import CaldavServiceStub

_CALENDAR = "/api/calendars/{id}"
_CONNECTION = "/api/connections/{id}"


class NewConnection(Body):
    form: ClassVar[str] = (
        '{"url": the https:// address of a CalDAV calendar, "username": text, "password": text,'
        ' "with_names"?: true, to push patients and services; else busy times alone}'
    )
    example: ClassVar = {
        "url": "https://calendar.example.com/dav/dr-lake/",
        "username": "dr-lake",
        "password": "a password for this application alone",
    }

    url: str
    username: str
    password: str
    with_names: bool = False


class NewPassword(Body):
    form: ClassVar[str] = '{"password": text}'
    example: ClassVar = {"password": "another password for this application alone"}

    password: str


class PushedAppointment(Body):
    form: ClassVar[str] = '{"appointment_id": a UUID}'
    example: ClassVar = {"appointment_id": "e9b1d3c5-7f2a-4b8c-9d0e-1f3a5c7b9d26"}

    appointment_id: Uuid


class ConnectionItem(Struct):
    id: Uuid
    calendar_id: Uuid
    url: str
    username: str
    with_names: bool
    created_at: Rfc3339 | None
    pushed_at: Rfc3339 | None
    looked_at: Rfc3339 | None
    waiting: int
    trouble: Annotated[str, words(CalendarConnection.Trouble)] | None
    ending: bool


class DriftItem(Struct):
    connection_id: Uuid
    appointment_id: Uuid
    calendar_id: Uuid
    starts_at: Rfc3339 | None
    ends_at: Rfc3339 | None
    kind: Annotated[str, words(Drift.Kind)] | None
    outside_starts_at: Rfc3339 | None
    outside_ends_at: Rfc3339 | None
    noticed_at: Rfc3339 | None


class Ending(Query):
    leave_events: Annotated[bool, Meta(description="Whether what was pushed stays there.")] = False


class ConnectionRoutes:
    def __init__(self, booking: RpcClient) -> None:
        self._booking = booking.stub(CaldavServiceStub)

    def resources(self) -> list[Resource]:
        of_calendar, of_one = {404: ("CALENDAR_NOT_FOUND",)}, {404: ("CONNECTION_NOT_FOUND",)}
        return [
            resource(
                f"{_CALENDAR}/connections",
                GET=operation(self.list, "List a calendar's connections over CalDAV", problems=of_calendar),
                POST=operation(
                    self.connect,
                    "Keep a calendar outside in step",
                    problems={**of_calendar, 400: ("MALFORMED_CONNECTION",), 409: ("TOO_MANY_CONNECTIONS",)},
                ),
            ),
            resource(
                _CONNECTION,
                GET=operation(self.get, "Read a connection, and how it goes", problems=of_one),
                PATCH=operation(
                    self.replace_password,
                    "Replace a connection's password",
                    problems={**of_one, 400: ("MALFORMED_CONNECTION",)},
                ),
                DELETE=operation(self.disconnect, "End a connection", problems=of_one),
            ),
            resource(
                f"{_CONNECTION}/put-back",
                POST=operation(
                    self.put_back,
                    "Push an appointment again that was changed outside",
                    problems={400: ("MALFORMED_ID",), 404: ("CONNECTION_NOT_FOUND", "APPOINTMENT_NOT_FOUND")},
                ),
            ),
            resource(
                f"{_CALENDAR}/drift",
                GET=operation(self.list_drift, "List appointments that were changed outside", problems=of_calendar),
            ),
        ]

    async def list(self, calendar: Named) -> Page[ConnectionItem]:
        found = await self._booking.ListConnections(ListConnectionsRequest(calendar_id=calendar.id))
        return page(map(_connection, found.connections), "")

    async def connect(self, calendar: Named, new: NewConnection) -> Created[ConnectionItem]:
        """The password is sealed, and never told again."""
        wanted = ConnectCalendarRequest(
            calendar_id=calendar.id,
            url=new.url,
            username=new.username,
            password=new.password,
            with_names=new.with_names,
        )
        return Created(_connection((await self._booking.ConnectCalendar(wanted)).connection))

    async def get(self, connection: Named) -> ConnectionItem:
        found = await self._booking.GetConnection(GetConnectionRequest(id=connection.id))
        return _connection(found.connection)

    async def replace_password(self, connection: Named, new: NewPassword) -> ConnectionItem:
        wanted = ReplacePasswordRequest(id=connection.id, password=new.password)
        return _connection((await self._booking.ReplacePassword(wanted)).connection)

    async def disconnect(self, connection: Named, ending: Ending) -> None:
        wanted = DisconnectCalendarRequest(id=connection.id, leave_events=ending.leave_events)
        await self._booking.DisconnectCalendar(wanted)

    async def put_back(self, connection: Named, pushed: PushedAppointment) -> None:
        wanted = PutBackRequest(connection_id=connection.id, appointment_id=pushed.appointment_id)
        await self._booking.PutBack(wanted)

    async def list_drift(self, calendar: Named, paging: Paging) -> Page[DriftItem]:
        found = await self._booking.ListDrift(
            ListDriftRequest(calendar_id=calendar.id, page_size=paging.limit, page_token=paging.cursor)
        )
        return page(map(_drift, found.drift), found.next_page_token)


def _connection(connection: CalendarConnection) -> ConnectionItem:
    trouble = connection.trouble
    return ConnectionItem(
        id=connection.id,
        calendar_id=connection.calendar_id,
        url=connection.url,
        username=connection.username,
        with_names=connection.with_names,
        created_at=instant_in(connection, "created_at"),
        pushed_at=instant_in(connection, "pushed_at"),
        looked_at=instant_in(connection, "looked_at"),
        waiting=connection.waiting,
        trouble=CalendarConnection.Trouble.Name(trouble).lower() if trouble else None,
        ending=connection.ending,
    )


def _drift(drift: Drift) -> DriftItem:
    return DriftItem(
        connection_id=drift.connection_id,
        appointment_id=drift.appointment_id,
        calendar_id=drift.calendar_id,
        starts_at=instant_in(drift, "starts_at"),
        ends_at=instant_in(drift, "ends_at"),
        kind=Drift.Kind.Name(drift.kind).lower() if drift.kind else None,
        outside_starts_at=instant_in(drift, "outside_starts_at"),
        outside_ends_at=instant_in(drift, "outside_ends_at"),
        noticed_at=instant_in(drift, "noticed_at"),
    )
