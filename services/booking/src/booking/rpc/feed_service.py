"""Links to calendars."""

import asyncio
from collections.abc import Callable

from booking.domain.outside.administer_feeds import create_feed, follow_feed
from booking.domain.outside.feeds import Published
from booking.domain.ports import Feeds
from booking.rpc.convert import feeds as convert
from chassis.actor import current_actor
from chassis.clock import Clock
from chassis.logs import get_logger
from chassis.rpc.interceptors import Context
from chassis.tenant import current_tenant
from switchboard.booking.v1.feed_service_pb2 import (
    CreateFeedRequest,
    CreateFeedResponse,
    ListFeedsRequest,
    ListFeedsResponse,
    ReadFeedRequest,
    ReadFeedResponse,
    RevokeFeedRequest,
    RevokeFeedResponse,
)
from switchboard.booking.v1.feed_service_pb2_grpc import FeedServiceServicer

_log = get_logger()

Write = Callable[[Published], bytes]
"""A calendar as text."""


class FeedServicer(FeedServiceServicer):
    def __init__(self, feeds: Feeds, write: Write, clock: Clock) -> None:
        self._feeds = feeds
        self._write = write
        self._clock = clock

    async def CreateFeed(self, request: CreateFeedRequest, context: Context) -> CreateFeedResponse:
        feed, secret = await create_feed(
            self._feeds,
            current_tenant(),
            self._clock(),
            convert.calendar_id(request.calendar_id),
            with_names=request.with_names,
        )
        _log.info("a link to a calendar was made", actor=current_actor().name, subject=str(feed.id))
        return CreateFeedResponse(feed=convert.feed_message(feed), secret=secret)

    async def ListFeeds(self, request: ListFeedsRequest, context: Context) -> ListFeedsResponse:
        found = await self._feeds.list(current_tenant(), convert.calendar_asked_for(request.calendar_id))
        return ListFeedsResponse(feeds=map(convert.feed_message, found))

    async def RevokeFeed(self, request: RevokeFeedRequest, context: Context) -> RevokeFeedResponse:
        feed_id = convert.feed_id(request.id)
        await self._feeds.remove(current_tenant(), feed_id)
        _log.info("a link to a calendar was revoked", actor=current_actor().name, subject=str(feed_id))
        return RevokeFeedResponse()

    async def ReadFeed(self, request: ReadFeedRequest, context: Context) -> ReadFeedResponse:
        published = await follow_feed(self._feeds, request.secret, self._clock())
        edition = published.edition
        if edition in request.known_editions:
            return ReadFeedResponse(edition=edition)
        # A full calendar takes long to write: callers are on the telephone meanwhile.
        return ReadFeedResponse(edition=edition, icalendar=await asyncio.to_thread(self._write, published))
