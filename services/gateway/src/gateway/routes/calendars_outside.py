"""Of a calendar: links by which others see it, calendars outside that it respects, and where they contradict it."""

from typing import Annotated, ClassVar

from msgspec import Struct
from msgspec.structs import asdict
from starlette.requests import Request

from chassis.rpc.client import RpcClient
from gateway.http.answers import Created, Page, Rfc3339, Uuid, page, words
from gateway.http.bodies import Body
from gateway.http.operations import Resource, operation, resource
from gateway.http.parameters import Named, Paging
from gateway.routes.listing import instant_in
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
    example: ClassVar = {"with_names": True}

    with_names: bool = False


class NewBusySource(Body):
    form: ClassVar[str] = '{"url": the secret link of an iCalendar feed, "name"?: text}'
    example: ClassVar = {"url": "https://calendar.example.com/dr-lake/basic.ics", "name": "Dr. Lake's own"}

    url: str
    name: str = ""


class FeedItem(Struct):
    id: Uuid
    calendar_id: Uuid
    with_names: bool
    created_at: Rfc3339 | None


class NewFeedItem(FeedItem):
    """With the link itself, this once."""

    url: str


class BusySourceItem(Struct):
    id: Uuid
    calendar_id: Uuid
    name: str
    host: str
    created_at: Rfc3339 | None
    read_at: Rfc3339 | None
    failure: Annotated[str, words(BusySource.Failure)] | None


class BusyTimeItem(Struct):
    busy_source_id: Uuid
    starts_at: Rfc3339 | None
    ends_at: Rfc3339 | None


class ConflictItem(Struct):
    appointment_id: Uuid
    calendar_id: Uuid
    starts_at: Rfc3339 | None
    ends_at: Rfc3339 | None
    busy_times: list[BusyTimeItem]


class CalendarOutsideRoutes:
    def __init__(self, booking: RpcClient, public_url: str | None) -> None:
        self._feeds = booking.stub(FeedServiceStub)
        self._sources = booking.stub(BusySourceServiceStub)
        self._public_url = public_url

    def resources(self) -> list[Resource]:
        of_calendar = {404: ("CALENDAR_NOT_FOUND",)}
        return [
            resource(
                f"{_CALENDAR}/feeds",
                GET=operation(self.list_feeds, "List the links to a calendar", problems=of_calendar),
                POST=operation(
                    self.create_feed, "Make a link to a calendar", problems={**of_calendar, 409: ("TOO_MANY_FEEDS",)}
                ),
            ),
            resource(
                "/api/feeds/{id}",
                DELETE=operation(self.revoke_feed, "End a link to a calendar", problems={404: ("FEED_NOT_FOUND",)}),
            ),
            resource(
                f"{_CALENDAR}/busy-sources",
                GET=operation(self.list_sources, "List the calendars outside that are respected", problems=of_calendar),
                POST=operation(
                    self.add_source,
                    "Have the busy times of a calendar outside respected",
                    problems={**of_calendar, 400: ("MALFORMED_BUSY_SOURCE",), 409: ("TOO_MANY_BUSY_SOURCES",)},
                ),
            ),
            resource(
                "/api/busy-sources/{id}",
                DELETE=operation(
                    self.remove_source, "Forget a calendar outside", problems={404: ("BUSY_SOURCE_NOT_FOUND",)}
                ),
            ),
            resource(
                f"{_CALENDAR}/conflicts",
                GET=operation(
                    self.list_conflicts, "List appointments whose time is also busy outside", problems=of_calendar
                ),
            ),
        ]

    async def list_feeds(self, calendar: Named) -> Page[FeedItem]:
        found = await self._feeds.ListFeeds(ListFeedsRequest(calendar_id=calendar.id))
        return page(map(_feed, found.feeds), "")

    async def create_feed(self, calendar: Named, new: NewFeed, request: Request) -> Created[NewFeedItem]:
        """The link is told this once: who lost it makes another."""
        made = await self._feeds.CreateFeed(CreateFeedRequest(calendar_id=calendar.id, with_names=new.with_names))
        url = f"{(self._public_url or str(request.base_url)).rstrip('/')}/feeds/{made.secret}.ics"
        return Created(NewFeedItem(**asdict(_feed(made.feed)), url=url))

    async def revoke_feed(self, feed: Named) -> None:
        await self._feeds.RevokeFeed(RevokeFeedRequest(id=feed.id))

    async def list_sources(self, calendar: Named) -> Page[BusySourceItem]:
        found = await self._sources.ListBusySources(ListBusySourcesRequest(calendar_id=calendar.id))
        return page(map(_source, found.sources), "")

    async def add_source(self, calendar: Named, new: NewBusySource) -> Created[BusySourceItem]:
        """It is read every 15 minutes, beginning at once; nothing is kept of its events but when they are."""
        wanted = AddBusySourceRequest(calendar_id=calendar.id, name=new.name, url=new.url)
        return Created(_source((await self._sources.AddBusySource(wanted)).source))

    async def remove_source(self, source: Named) -> None:
        await self._sources.RemoveBusySource(RemoveBusySourceRequest(id=source.id))

    async def list_conflicts(self, calendar: Named, paging: Paging) -> Page[ConflictItem]:
        found = await self._sources.ListConflicts(
            ListConflictsRequest(calendar_id=calendar.id, page_size=paging.limit, page_token=paging.cursor)
        )
        return page(map(_conflict, found.conflicts), found.next_page_token)


def _feed(feed: Feed) -> FeedItem:
    return FeedItem(
        id=feed.id,
        calendar_id=feed.calendar_id,
        with_names=feed.with_names,
        created_at=instant_in(feed, "created_at"),
    )


def _source(source: BusySource) -> BusySourceItem:
    return BusySourceItem(
        id=source.id,
        calendar_id=source.calendar_id,
        name=source.name,
        host=source.host,
        created_at=instant_in(source, "created_at"),
        read_at=instant_in(source, "read_at"),
        failure=BusySource.Failure.Name(source.failure).lower() if source.failure else None,
    )


def _conflict(conflict: Conflict) -> ConflictItem:
    return ConflictItem(
        appointment_id=conflict.appointment_id,
        calendar_id=conflict.calendar_id,
        starts_at=instant_in(conflict, "starts_at"),
        ends_at=instant_in(conflict, "ends_at"),
        busy_times=[
            BusyTimeItem(
                busy_source_id=busy.source_id,
                starts_at=instant_in(busy, "starts_at"),
                ends_at=instant_in(busy, "ends_at"),
            )
            for busy in conflict.busy_times
        ],
    )
