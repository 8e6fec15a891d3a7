"""Pages of lists that are never long, and instants as answers write them; the same on every route."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable
from datetime import UTC
from typing import TypeVar

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from chassis.errors import Kind
from gateway.http.answers import Page, page
from gateway.http.parameters import Paging
from gateway.http.problems import Refused, state

Item = TypeVar("Item")


def page_in_order(paging: Paging, items: Iterable[Item], place: Callable[[Item], tuple[str, str]]) -> Page[Item]:
    """A page of a list that its service tells as a whole, because it is never long. Raises Refused."""
    after = _place_in(paging.cursor)
    left = sorted((item for item in items if place(item) > after), key=place)
    shown = left[: paging.limit]
    return page(shown, _cursor(place(shown[-1])) if len(left) > paging.limit else "")


def _cursor(place: tuple[str, str]) -> str:
    return urlsafe_b64encode(json.dumps(place).encode()).decode()


def _place_in(cursor: str) -> tuple[str, str]:
    """Before everything if there is no cursor. Raises Refused."""
    if not cursor:
        return "", ""
    try:
        match json.loads(urlsafe_b64decode(cursor)):
            case [str(name), str(thing)]:
                return name, thing
    except (ValueError, RecursionError):
        pass
    raise Refused(state(Kind.INVALID, "MALFORMED_PAGE_TOKEN"))


def instant_in(message: Message, field: str) -> str | None:
    """A timestamp in RFC 3339; None if the message does not have it."""
    return rfc3339(getattr(message, field)) if message.HasField(field) else None


def rfc3339(instant: Timestamp) -> str:
    return instant.ToDatetime(UTC).isoformat().replace("+00:00", "Z")
