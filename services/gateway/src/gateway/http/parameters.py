"""What a URL says: the names in its path and its query, declared as Structs and read as these declare them."""

import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, TypeVar

import msgspec
from msgspec import Meta, Struct, ValidationError
from msgspec import inspect as types
from starlette.requests import Request

from gateway.http.principals import uuid_of
from gateway.http.problems import (
    MALFORMED_LIMIT,
    NOT_FOUND,
    NamedProblem,
    Refused,
    malformed_flag,
    malformed_parameter,
)


class Id(str):
    """A UUID, read in its usual form in either case, and in lower case from there."""

    __slots__ = ()


class Path(Struct):
    """The names in a path. What cannot be one is not there: a 404."""

    unknown: ClassVar[NamedProblem] = NOT_FOUND


class Named(Path):
    """One thing, by its id."""

    id: Id


class Query(Struct):
    """What may be asked for after the `?`: text, numbers, flags, ids, instants or choices. All else is ignored."""


class Paging(Query):
    limit: Annotated[int, Meta(ge=1, le=200, description="How many items a page has at most.")] = 50
    cursor: Annotated[str, Meta(description="`next_cursor` of the page before, as it is.")] = ""


AnyPath = TypeVar("AnyPath", bound=Path)
AnyQuery = TypeVar("AnyQuery", bound=Query)


def read_path(request: Request, kind: type[AnyPath]) -> AnyPath:
    """Raises Refused."""
    try:
        return msgspec.convert(request.path_params, kind, dec_hook=read_id)
    except ValidationError:
        raise Refused(kind.unknown) from None


def read_query(request: Request, kind: type[AnyQuery]) -> AnyQuery:
    """Raises Refused, with the parameter that is wrong and what it should be."""
    fields, texts = fields_of(kind), request.query_params
    told = {name: _value(fields[name], texts[name]) for name in fields if name in texts}
    try:
        return msgspec.convert(told, kind, dec_hook=read_id)
    except ValidationError as error:
        name = _NAMED.findall(str(error))[-1]
        raise Refused(_problem_of(name, fields[name])) from None


def read_id(kind: type, value: Any) -> Any:
    """An Id, where msgspec asks what it does not know itself. Raises ValueError."""
    if kind is not Id or (uuid := uuid_of(str(value))) is None:
        raise ValueError
    return Id(uuid)


_NAMED = re.compile(r"`(?:\$\.)?(\w+)`")
"""What msgspec names in a complaint; the field comes last."""


@cache
def fields_of(kind: type[Struct]) -> Mapping[str, types.Type]:
    """What each field holds where it is there, by its name on the wire."""
    described = types.type_info(kind)
    assert isinstance(described, types.StructType)  # noqa: S101  # it is one by its type
    return MappingProxyType({field.encode_name: _present(field.type) for field in described.fields})


def _present(described: types.Type) -> types.Type:
    """Without what is said of it, and without null."""
    match described:
        case types.Metadata():
            return _present(described.type)
        case types.UnionType():
            (present,) = (one for one in described.types if not isinstance(one, types.NoneType))
            return _present(present)
    return described


def _value(field: types.Type, text: str) -> Any:
    """As JSON would have it; what is none stays text, and is refused as that."""
    match field:
        case types.IntType() if text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER:
            return int(text)
        case types.BoolType():
            return _FLAGS.get(text, text)
        case types.DateTimeType():
            return _instant(text) or text
    return text


def _instant(text: str) -> datetime | None:
    """In a query a `+` that was not escaped arrives as a space."""
    try:
        return datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        return None


_LONGEST_NUMBER = 9
_FLAGS = {"true": True, "false": False}


def malformed_instant(name: str) -> NamedProblem:
    return malformed_parameter(name, _INSTANT)


_INSTANT = "Send a time with its offset, such as `2027-01-31T09:00:00Z`."


def _problem_of(name: str, field: types.Type) -> NamedProblem:
    if name == "limit":
        return MALFORMED_LIMIT
    return malformed_flag(name) if isinstance(field, types.BoolType) else malformed_parameter(name, _fix_of(field))


def _fix_of(field: types.Type) -> str:
    match field:
        case types.IntType():
            return f"Send a number from {field.ge} to {field.le}."
        case types.LiteralType():
            return f"Send one of {', '.join(f'`{one}`' for one in field.values)}."
        case types.DateTimeType():
            return _INSTANT
        case types.DateType():
            return "Send a day, such as `2027-01-31`."
    return "Send an id, a UUID in its usual form."
