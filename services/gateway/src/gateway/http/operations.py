"""How a route is declared: what it does, for whom, what it takes, and what it answers.

A handler's signature is the declaration. It takes what it names by type (a Path, a Query, a Body, or the Request as it
is), and its return type says what is answered: a Struct with a 200, Created or Accepted ones with a 201 or 202,
None with a 204. From this a request is read (`door.py`), and the OpenAPI document is written.
"""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType, NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from gateway.http.answers import Accepted, Created, Unavailable
from gateway.http.bodies import Body
from gateway.http.parameters import Path, Query
from gateway.http.principals import SECONDS

Taken = TypeVar("Taken", bound=Struct)
Handler = Callable[..., Awaitable[Any]]
Problems = Mapping[int, tuple[str, ...]]
"""Codes by status."""


class Who(Enum):
    """Whoever may ask; which organization is in scope then."""

    ANYONE = "anyone"
    VAPI = "Vapi"
    ORGANIZATION = "an organization's key, for itself"
    ORGANIZATIONS_ADMINISTRATOR = "the administrator, for one organization"
    ADMINISTRATOR = "the administrator"
    ANY_ORGANIZATION = "an organization's key, for itself; the administrator, for one organization or all"


@dataclass(frozen=True, slots=True)
class Content:
    """An answer that is no JSON."""

    media_type: str
    or_else: tuple[str, ...] = ()
    """Other types that it may be of."""


@dataclass(frozen=True, slots=True)
class Operation:
    handler: Handler
    summary: str
    who: Who
    seconds: float
    """How long the answer may take."""
    is_own: Callable[[Request], Awaitable[bool]] | None
    takes: Mapping[str, type]
    """The handler's parameters."""
    answers: Mapping[int, Any]
    """By status: a type, Content, or None for nothing."""
    problems: Problems
    """Those of its own, beside what every operation of its kind may end in."""

    def one(self, kind: type[Taken]) -> type[Taken] | None:
        """The Path, the Query or the Body that it takes."""
        return next((taken for taken in self.takes.values() if issubclass(taken, kind)), None)


@dataclass(frozen=True, slots=True)
class Resource:
    """One path, with what each method does to it."""

    path: str
    operations: Mapping[str, Operation]


def resource(path: str, **operations: Operation) -> Resource:
    return Resource(path, operations)


def operation(
    handler: Handler,
    summary: str,
    *,
    who: Who = Who.ORGANIZATION,
    seconds: float = SECONDS,
    is_own: Callable[[Request], Awaitable[bool]] | None = None,
    problems: Problems = MappingProxyType({}),
    answers: Mapping[int, Any] | None = None,
) -> Operation:
    """`answers` is for a handler that makes its Response itself; `is_own` is explained in `Principals.organization`.

    Raises TypeError for a handler whose signature does not tell enough.
    """
    signature = inspect.signature(handler)
    takes = {name: parameter.annotation for name, parameter in signature.parameters.items()}
    if not all(issubclass(taken, (Path, Query, Body, Request)) for taken in takes.values()):
        raise TypeError(f"{handler} takes what no request says.")
    if answers is None:
        answers = _answers(signature.return_annotation)
    return Operation(handler, summary, who, seconds, is_own, takes, answers, problems)


def _answers(returned: Any) -> Mapping[int, Any]:
    """By status. Raises TypeError."""
    alternatives = get_args(returned) if get_origin(returned) in (Union, UnionType) else (returned,)
    return dict(map(_answer, alternatives))


def _answer(returned: Any) -> tuple[int, Any]:
    if returned in (None, NoneType):
        return 204, None
    if (kind := get_origin(returned)) in (Created, Accepted, Unavailable):
        return kind.status, get_args(returned)[0]
    if inspect.isclass(returned) and issubclass(returned, Response):
        raise TypeError("Say what a Response answers.")
    return 200, returned
