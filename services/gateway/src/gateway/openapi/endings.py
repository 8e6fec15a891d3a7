"""How an operation may end badly: the codes of its own, and those of every operation of its kind, by status."""

from collections.abc import Iterator, Mapping

from msgspec import inspect as types

from gateway.http.bodies import Body
from gateway.http.operations import Operation, Who
from gateway.http.parameters import Path, Query, fields_of
from gateway.http.principals import IN_PATH

_OF_KEYS = {401: ("KEY_MISSING", "API_KEY_UNKNOWN"), 500: (), 503: (), 504: ()}
_OF_VAPI = {
    400: ("BODY_INCOMPLETE", "NOT_A_MESSAGE"),
    401: ("SECRET_REFUSED",),
    408: ("BODY_TOO_SLOW",),
    413: ("BODY_TOO_LARGE",),
    415: ("WRONG_MEDIA_TYPE",),
    500: (),
    503: (),
}
_OF_BODIES = {
    400: ("BODY_INCOMPLETE", "NOT_JSON", "MISSING_FIELD", "UNKNOWN_FIELD", "MALFORMED_FIELD"),
    408: ("BODY_TOO_SLOW",),
    413: ("BODY_TOO_LARGE",),
    415: ("WRONG_MEDIA_TYPE",),
}
_OF_NAMED_ORGANIZATION = {400: ("ORGANIZATION_NOT_NAMED",)}
_LOOKS = "GET"

Codes = Mapping[int, tuple[str, ...]]


def endings(method: str, path: str, operation: Operation) -> Codes:
    """Codes by status; none for a status that any of them may come with."""
    found: dict[int, tuple[str, ...]] = {}
    for codes in (operation.problems, *_of_kind(method, path, operation)):
        for status, more in codes.items():
            found[status] = tuple(dict.fromkeys((*found.get(status, ()), *more)))
    return dict(sorted(found.items()))


def _of_kind(method: str, path: str, operation: Operation) -> Iterator[Codes]:
    match operation.who:
        case Who.ANYONE:
            yield {500: ()}
        case Who.VAPI:
            yield _OF_VAPI
        case _:
            yield _OF_KEYS
            yield from _of_key(method, path, operation.who)
    if (named := operation.one(Path)) is not None:
        yield {404: (named.unknown.code,)}
    if (query := operation.one(Query)) is not None:
        yield {400: tuple(_of_query(query))}
    if operation.one(Body) is not None:
        yield _OF_BODIES


def _of_key(method: str, path: str, who: Who) -> Iterator[Codes]:
    if method != _LOOKS:
        yield {403: ("READ_ONLY_KEY",)}
    if who in (Who.ADMINISTRATOR, Who.ORGANIZATIONS_ADMINISTRATOR):
        yield {403: ("ADMINISTRATORS_ONLY",)}
    if who is Who.ADMINISTRATOR and "{" in path:
        yield {404: ("NOT_FOUND",)}
    yield {429: ("TOO_MANY_REQUESTS",)}
    if who is not Who.ADMINISTRATOR:
        yield {404: ("ORGANIZATION_NOT_FOUND",)}
        if IN_PATH not in path:
            yield _OF_NAMED_ORGANIZATION


def _of_query(query: type[Query]) -> Iterator[str]:
    for name, field in fields_of(query).items():
        match field:
            case types.IntType() if name == "limit":
                yield "MALFORMED_LIMIT"
            case types.BoolType():
                yield "MALFORMED_FLAG"
            case types.StrType():
                if name == "cursor":
                    yield "MALFORMED_PAGE_TOKEN"
            case _:
                yield "MALFORMED_PARAMETER"
