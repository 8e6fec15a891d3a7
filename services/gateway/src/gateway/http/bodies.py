"""JSON bodies of the HTTP API, read strictly: a field that is not known is refused, never passed over."""

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, TypeVar

from google.protobuf.struct_pb2 import Struct as ProtobufStruct
from msgspec import DecodeError, Struct, UnsetType, ValidationError
from msgspec.json import decode
from starlette.requests import Request

from gateway.http.intake import require_json
from gateway.http.problems import NOT_JSON, Refused, malformed_field, missing_field, unknown_field

# How msgspec words what it refuses. Only the field is passed on.
_UNKNOWN = re.compile(r"Object contains unknown field `(.*?)`(?: - at `\$\.?(.*)`)?", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(.*?)`(?: - at `\$\.?(.*)`)?", re.DOTALL)
_PLACE = re.compile(r" - at `\$\.?(.*)`$", re.DOTALL)

_LONGEST_FIELD = 64

_DEEPEST = 24
"""Objects and lists in each other; what protobuf reads ends at about 30."""


class Body(Struct, forbid_unknown_fields=True):
    """What a request may say. `form` shows it to whoever sent something else, `example` to whoever reads about it."""

    form: ClassVar[str]
    example: ClassVar[Mapping[str, Any]] = MappingProxyType({})


AnyBody = TypeVar("AnyBody", bound=Body)
AnyValue = TypeVar("AnyValue")


def read_body(request: Request, body: bytes, kind: type[AnyBody]) -> AnyBody:
    """Raises Refused, with the field that is wrong and the form that would be right."""
    require_json(request)
    try:
        return decode(body, type=kind)
    except ValidationError as error:
        raise _refused(str(error), kind.form) from None
    except (DecodeError, UnicodeDecodeError, RecursionError):
        raise Refused(NOT_JSON) from None


def given(value: AnyValue | UnsetType) -> AnyValue | None:
    """What a body says of an optional field, as protobuf takes it: None where it says nothing."""
    return None if isinstance(value, UnsetType) else value


def struct_of(field: str, value: dict[str, Any], form: str) -> ProtobufStruct:
    """Raises Refused for what no message can carry: too deep, or a number beyond all."""
    refused = Refused(malformed_field(field, form))
    if _is_too_deep(value):
        raise refused
    struct = ProtobufStruct()
    try:
        struct.update(value)
    except (ValueError, OverflowError):
        raise refused from None
    return struct


def _refused(told: str, form: str) -> Refused:
    if unknown := _UNKNOWN.fullmatch(told):
        return Refused(unknown_field(_field(unknown[2], unknown[1]), form))
    if missing := _MISSING.fullmatch(told):
        return Refused(missing_field(_field(missing[2], missing[1]), form))
    place = _PLACE.search(told)
    return Refused(malformed_field(_field(place[1] if place else None), form))


def _field(*path: str | None) -> str:
    """The field's path, as far as it can be shown in a line."""
    whole = ".".join(part for part in path if part)
    return "".join(character for character in whole if character.isprintable())[:_LONGEST_FIELD]


def _is_too_deep(value: Any, left: int = _DEEPEST) -> bool:
    inside: Iterable[Any] = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return left == 0 or any(_is_too_deep(one, left - 1) for one in inside)
