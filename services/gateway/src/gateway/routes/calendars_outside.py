"""Of a calendar: links by which others see it, calendars outside that it respects, and where they contradict it."""

from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from chassis.rpc.client import RpcClient
from gateway.http.bodies import Body, read_body
from gateway.http.intake import Intake
from gateway.http.principals import Principals, path_id
from gateway.routes.listing import cursor_of, instant_in, limit_of, listed
from gateway.routes.resource import resource
from switchboard.booking.v1.busy_source_service_pb2 import (
    AddBusySourceRequest,
    BusySource,
    Conflict,
    ListBusySourcesRequest,
    ListConflictsRequest,
    RemoveBusySourceRequest,
)
from switchboard.booking.v1.busy_source_service_pb2_grpc import BusySourceServiceStub
from switchboard.booking.v1.feed_service_pb2 import CreateFeedRequest, Feed, ListFeedsRequest, RevokeFeedRequest
from switchboard.booking.v1.feed_service_pb2_grpc import FeedServiceStub

_CALENDAR = "/api/calendars/{id}"


class NewFeed(Body):
    form: ClassVar[str] = '{"with_names"?: true, to show patients and services; else busy times alone}'

    with_names: bool = False


class NewBusySource(Body):
    form: ClassVar[str] = '{"url": the secret link of an iCalendar feed, "name"?: text}'

    url: str
    name: str = ""


class CalendarOutsideRoutes:
    def __init__(self, principals: Principals, intake: Intake, booking: RpcClient, public_url: str | None) -> None:
        self._principals = principals
        self._intake = intake
        self._feeds = booking.stub(FeedServiceStub)
        self._sources = booking.stub(BusySourceServiceStub)
        self._public_url = public_url

    def routes(self) -> list[Route]:
        return [
            resource(f"{_CALENDAR}/feeds", GET=self.list_feeds, POST=self.create_feed),
            resource("/api/feeds/{id}", DELETE=self.revoke_feed),
            resource(f"{_CALENDAR}/busy-sources", GET=self.list_sources, POST=self.add_source),
            resource("/api/busy-sources/{id}", DELETE=self.remove_source),
            resource(f"{_CALENDAR}/conflicts", GET=self.list_conflicts),
        ]

    async def list_feeds(self, request: Request) -> Response:
        async with self._principals.organization(request):
            found = await self._feeds.ListFeeds(ListFeedsRequest(calendar_id=path_id(request)))
        return listed(map(_feed, found.feeds), "")

    async def create_feed(self, request: Request) -> Response:
        body = await self._intake.body_of(request)
        async with self._principals.organization(request):
            new = read_body(request, body, NewFeed)
            wanted = CreateFeedRequest(calendar_id=path_id(request), with_names=new.with_names)
            made = await self._feeds.CreateFeed(wanted)
        url = f"{(self._public_url or str(request.base_url)).rstrip('/')}/feeds/{made.secret}.ics"
        return JSONResponse({**_feed(made.feed), "url": url}, status_code=201)

    async def revoke_feed(self, request: Request) -> Response:
        async with self._principals.organization(request):
            await self._feeds.RevokeFeed(RevokeFeedRequest(id=path_id(request)))
        return Response(status_code=204)

    async def list_sources(self, request: Request) -> Response:
        async with self._principals.organization(request):
            found = await self._sources.ListBusySources(ListBusySourcesRequest(calendar_id=path_id(request)))
        return listed(map(_source, found.sources), "")

    async def add_source(self, request: Request) -> Response:
        body = await self._intake.body_of(request)
        async with self._principals.organization(request):
            new = read_body(request, body, NewBusySource)
            wanted = AddBusySourceRequest(calendar_id=path_id(request), name=new.name, url=new.url)
            added = await self._sources.AddBusySource(wanted)
        return JSONResponse(_source(added.source), status_code=201)

    async def remove_source(self, request: Request) -> Response:
        async with self._principals.organization(request):
            await self._sources.RemoveBusySource(RemoveBusySourceRequest(id=path_id(request)))
        return Response(status_code=204)

    async def list_conflicts(self, request: Request) -> Response:
        async with self._principals.organization(request):
            page = ListConflictsRequest(
                calendar_id=path_id(request), page_size=limit_of(request), page_token=cursor_of(request)
            )
            found = await self._sources.ListConflicts(page)
        return listed(map(_conflict, found.conflicts), found.next_page_token)


def _feed(feed: Feed) -> dict[str, Any]:
    return {
        "id": feed.id,
        "calendar_id": feed.calendar_id,
        "with_names": feed.with_names,
        "created_at": instant_in(feed, "created_at"),
    }


def _source(source: BusySource) -> dict[str, Any]:
    return {
        "id": source.id,
        "calendar_id": source.calendar_id,
        "name": source.name,
        "host": source.host,
        "created_at": instant_in(source, "created_at"),
        "read_at": instant_in(source, "read_at"),
        "failure": BusySource.Failure.Name(source.failure).lower() if source.failure else None,
    }


def _conflict(conflict: Conflict) -> dict[str, Any]:
    return {
        "appointment_id": conflict.appointment_id,
        "calendar_id": conflict.calendar_id,
        "starts_at": instant_in(conflict, "starts_at"),
        "ends_at": instant_in(conflict, "ends_at"),
        "busy_times": [
            {
                "busy_source_id": busy.source_id,
                "starts_at": instant_in(busy, "starts_at"),
                "ends_at": instant_in(busy, "ends_at"),
            }
            for busy in conflict.busy_times
        ],
    }
