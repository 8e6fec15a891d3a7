"""Lists in pages, and how values are written in answers; the same on every route."""

from collections.abc import Iterable
from datetime import UTC
from typing import Any

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from gateway.problems import MALFORMED_FLAG, MALFORMED_LIMIT, Refused

_USUAL_LIMIT = "50"
_LARGEST_LIMIT = 200
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
        raise Refused(MALFORMED_FLAG)
    return flag


def listed(items: Iterable[dict[str, Any]], next_page_token: str) -> Response:
    return JSONResponse({"items": list(items), "next_cursor": next_page_token or None})


def instant_in(message: Message, field: str) -> str | None:
    """A timestamp in RFC 3339; None if the message does not have it."""
    return rfc3339(getattr(message, field)) if message.HasField(field) else None


def rfc3339(instant: Timestamp) -> str:
    return instant.ToDatetime(UTC).isoformat().replace("+00:00", "Z")
