"""What routes answer, declared as Structs and written as these declare it; the same on every route."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Generic, TypeVar

import msgspec
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper
from msgspec import Meta, Struct
from starlette.responses import Response

Uuid = Annotated[str, Meta(extra_json_schema={"format": "uuid"})]
Rfc3339 = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
"""An instant, in UTC."""

Item = TypeVar("Item")


class Page(Struct, Generic[Item]):
    items: list[Item]
    next_cursor: str | None


def page(items: Iterable[Item], next_page_token: str) -> Page[Item]:
    return Page(list(items), next_page_token or None)


@dataclass(frozen=True, slots=True)
class Created(Generic[Item]):
    """Answered with a 201."""

    item: Item
    status: ClassVar[int] = 201


@dataclass(frozen=True, slots=True)
class Accepted(Generic[Item]):
    """Answered with a 202: what was asked for is begun, and goes on."""

    item: Item
    status: ClassVar[int] = 202


@dataclass(frozen=True, slots=True)
class Unavailable(Generic[Item]):
    """Answered with a 503, and with what is known."""

    item: Item
    status: ClassVar[int] = 503


def words(enum: EnumTypeWrapper) -> Meta:
    """The values of a protobuf enum as answers name them, in lower case."""
    return Meta(extra_json_schema={"enum": [name.lower() for name, number in enum.items() if number]})


def response_of(answer: Any) -> Response:
    """`None` has no content; a Response is one already."""
    match answer:
        case Response():
            return answer
        case None:
            return Response(status_code=204)
        case Created() | Accepted() | Unavailable():
            return _json(answer.item, answer.status)
    return _json(answer, 200)


_encoder = msgspec.json.Encoder()


def _json(item: Any, status: int) -> Response:
    return Response(_encoder.encode(item), status_code=status, media_type="application/json")
