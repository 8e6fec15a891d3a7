"""Links to calendars."""

from uuid import UUID

from booking.domain.errors import CalendarNotFound, FeedNotFound
from booking.domain.outside.feeds import Feed
from booking.domain.schedule.administer import existing_id
from booking.rpc.convert.instants import timestamp
from switchboard.booking.v1 import feed_service_pb2 as feed_pb2


def calendar_id(text: str) -> UUID:
    """Raises CalendarNotFound."""
    return existing_id(text, CalendarNotFound)


def feed_id(text: str) -> UUID:
    """Raises FeedNotFound."""
    return existing_id(text, FeedNotFound)


def calendar_asked_for(text: str) -> UUID | None:
    """None for all of them. Raises CalendarNotFound."""
    return calendar_id(text) if text else None


def feed_message(given: Feed) -> feed_pb2.Feed:
    return feed_pb2.Feed(
        id=str(given.id),
        calendar_id=str(given.calendar_id),
        with_names=given.with_names,
        created_at=timestamp(given.created_at),
    )
