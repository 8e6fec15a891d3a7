"""Calendars outside that are kept in step with an organization's own, over CalDAV. A password is taken, never told."""

from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from chassis.rpc.client import RpcClient
from gateway.http.bodies import Body, read_body
from gateway.http.intake import Intake
from gateway.http.principals import Principals, path_id
from gateway.routes.listing import cursor_of, flag_of, instant_in, limit_of, listed
from gateway.routes.resource import resource
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

    url: str
    username: str
    password: str
    with_names: bool = False


class NewPassword(Body):
    form: ClassVar[str] = '{"password": text}'

    password: str


class PushedAppointment(Body):
    form: ClassVar[str] = '{"appointment_id": a UUID}'

    appointment_id: str


class ConnectionRoutes:
    def __init__(self, principals: Principals, intake: Intake, booking: RpcClient) -> None:
        self._principals = principals
        self._intake = intake
        self._booking = booking.stub(CaldavServiceStub)

    def routes(self) -> list[Route]:
        return [
            resource(f"{_CALENDAR}/connections", GET=self.list, POST=self.connect),
            resource(_CONNECTION, GET=self.get, PATCH=self.replace_password, DELETE=self.disconnect),
            resource(f"{_CONNECTION}/put-back", POST=self.put_back),
            resource(f"{_CALENDAR}/drift", GET=self.list_drift),
        ]

    async def list(self, request: Request) -> Response:
        async with self._principals.organization(request):
            found = await self._booking.ListConnections(ListConnectionsRequest(calendar_id=path_id(request)))
        return listed(map(_connection, found.connections), "")

    async def connect(self, request: Request) -> Response:
        body = await self._intake.body_of(request)
        async with self._principals.organization(request):
            new = read_body(request, body, NewConnection)
            wanted = ConnectCalendarRequest(
                calendar_id=path_id(request),
                url=new.url,
                username=new.username,
                password=new.password,
                with_names=new.with_names,
            )
            made = await self._booking.ConnectCalendar(wanted)
        return JSONResponse(_connection(made.connection), status_code=201)

    async def get(self, request: Request) -> Response:
        async with self._principals.organization(request):
            found = await self._booking.GetConnection(GetConnectionRequest(id=path_id(request)))
        return JSONResponse(_connection(found.connection))

    async def replace_password(self, request: Request) -> Response:
        body = await self._intake.body_of(request)
        async with self._principals.organization(request):
            new = read_body(request, body, NewPassword)
            wanted = ReplacePasswordRequest(id=path_id(request), password=new.password)
            changed = await self._booking.ReplacePassword(wanted)
        return JSONResponse(_connection(changed.connection))

    async def disconnect(self, request: Request) -> Response:
        async with self._principals.organization(request):
            wanted = DisconnectCalendarRequest(id=path_id(request), leave_events=flag_of(request, "leave_events"))
            await self._booking.DisconnectCalendar(wanted)
        return Response(status_code=204)

    async def put_back(self, request: Request) -> Response:
        body = await self._intake.body_of(request)
        async with self._principals.organization(request):
            pushed = read_body(request, body, PushedAppointment)
            wanted = PutBackRequest(connection_id=path_id(request), appointment_id=pushed.appointment_id)
            await self._booking.PutBack(wanted)
        return Response(status_code=204)

    async def list_drift(self, request: Request) -> Response:
        async with self._principals.organization(request):
            page = ListDriftRequest(
                calendar_id=path_id(request), page_size=limit_of(request), page_token=cursor_of(request)
            )
            found = await self._booking.ListDrift(page)
        return listed(map(_drift, found.drift), found.next_page_token)


def _connection(connection: CalendarConnection) -> dict[str, Any]:
    trouble = connection.trouble
    return {
        "id": connection.id,
        "calendar_id": connection.calendar_id,
        "url": connection.url,
        "username": connection.username,
        "with_names": connection.with_names,
        "created_at": instant_in(connection, "created_at"),
        "pushed_at": instant_in(connection, "pushed_at"),
        "looked_at": instant_in(connection, "looked_at"),
        "waiting": connection.waiting,
        "trouble": CalendarConnection.Trouble.Name(trouble).lower() if trouble else None,
        "ending": connection.ending,
    }


def _drift(drift: Drift) -> dict[str, Any]:
    return {
        "connection_id": drift.connection_id,
        "appointment_id": drift.appointment_id,
        "calendar_id": drift.calendar_id,
        "starts_at": instant_in(drift, "starts_at"),
        "ends_at": instant_in(drift, "ends_at"),
        "kind": Drift.Kind.Name(drift.kind).lower() if drift.kind else None,
        "outside_starts_at": instant_in(drift, "outside_starts_at"),
        "outside_ends_at": instant_in(drift, "outside_ends_at"),
        "noticed_at": instant_in(drift, "noticed_at"),
    }
