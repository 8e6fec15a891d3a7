"""Links to calendars: made, and followed."""

from datetime import datetime
from uuid import UUID, uuid4

from booking.domain.outside.feeds import Feed, Published, digest, new_secret
from booking.domain.ports import Feeds
from chassis.tenant import TenantId


async def create_feed(
    feeds: Feeds, tenant: TenantId, now: datetime, calendar_id: UUID, *, with_names: bool
) -> tuple[Feed, str]:
    """The new link, and its secret, which nobody can tell again. Raises CalendarNotFound, TooManyFeeds."""
    feed, secret = Feed(uuid4(), calendar_id, with_names, now), new_secret()
    await feeds.add(tenant, feed, digest(secret))
    return feed, secret


async def follow_feed(feeds: Feeds, secret: str, now: datetime) -> Published:
    """Raises FeedNotFound, whether the link never was or was revoked."""
    return await feeds.published(digest(secret), now)
