"""Lists in pages, and how values are written in answers; the same on every route."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, TypeVar

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from chassis.errors import Kind
from gateway.http.answers import Page, page
from gateway.http.instants import timestamp
from gateway.http.parameters import Paging
from gateway.http.principals import uuid_of
from gateway.http.problems import MALFORMED_LIMIT, Refused, malformed_flag, malformed_parameter, state

_USUAL_LIMIT = "50"
_LARGEST_LIMIT = 200
Item = TypeVar("Item")
_FLAGS = {"true": True, "false": False}


def limit_of(request: Request) -> int:
    """How many items a page may have. Raises Refused."""
    text = request.query_params.get("limit", _USUAL_LIMIT)
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(_LARGEST_LIMIT))):
        raise Refused(MALFORMED_LIMIT)
    if not 1 <= (limit := int(text)) <= _LARGEST_LIMIT:
        raise Refused(MALFORMED_LIMIT)
    return limit


def cursor_of(request: Request) -> str:
    """Where the page begins; empty for the first."""
    return request.query_params.get("cursor", "")


def flag_of(request: Request, name: str) -> bool:
    """A parameter that is true or false; false if it is absent. Raises Refused."""
    if (flag := _FLAGS.get(request.query_params.get(name, "false"))) is None:
        raise Refused(malformed_flag(name))
    return flag


def id_of(request: Request, name: str) -> str:
    """A parameter that is an id; empty if it is absent. Raises Refused."""
    if (text := request.query_params.get(name)) is None:
        return ""
    if (uuid := uuid_of(text)) is None:
        raise Refused(malformed_parameter(name, "Send an id, a UUID in its usual form."))
    return str(uuid)


def instant_of(request: Request, name: str) -> Timestamp | None:
    """A parameter that is an instant; None if it is absent. Raises Refused."""
    if (text := request.query_params.get(name)) is None:
        return None
    refused = malformed_parameter(name, "Send a time with its offset, such as `2027-01-31T09:00:00Z`.")
    try:
        # In a query a `+` that was not escaped arrives as a space.
        instant = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise Refused(refused) from None
    if instant.tzinfo is None:
        raise Refused(refused)
    return timestamp(instant, refused)


def choice_of(request: Request, name: str, choices: Iterable[str]) -> str:
    """A parameter that is one of these; empty if it is absent. Raises Refused."""
    known = list(choices)
    if (text := request.query_params.get(name)) is None:
        return ""
    if text not in known:
        raise Refused(malformed_parameter(name, f"Send one of {', '.join(f'`{one}`' for one in known)}."))
    return text


def listed(items: Iterable[dict[str, Any]], next_page_token: str) -> Response:
    return JSONResponse({"items": list(items), "next_cursor": next_page_token or None})


def listed_in_order(
    request: Request, items: Iterable[dict[str, Any]], place: Callable[[dict[str, Any]], tuple[str, str]]
) -> Response:
    """A page of a list that its service tells as a whole, because it is never long. Raises Refused."""
    limit, after = limit_of(request), _place_in(cursor_of(request))
    left = sorted((item for item in items if place(item) > after), key=place)
    page = left[:limit]
    return listed(page, _cursor(place(page[-1])) if len(left) > limit else "")


def listed_by_name(request: Request, items: Iterable[dict[str, Any]]) -> Response:
    return listed_in_order(request, items, lambda item: (item["name"], item["id"]))


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
