"""The one map from what went wrong to HTTP: problem+json (RFC 9457) with a code, a remedy and a trace id.

The texts are fixed. Nothing of a body, an exception or another tenant gets into an answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from secrets import token_hex
from types import MappingProxyType

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from chassis.errors import DomainError, Kind, RemoteError
from chassis.logs import get_logger

_log = get_logger()


@dataclass(frozen=True, slots=True)
class Problem:
    status: int
    title: str
    detail: str
    fix: str


@dataclass(frozen=True, slots=True)
class NamedProblem(Problem):
    """A problem of the gateway's own, with the code that clients switch on."""

    code: str


class Refused(Exception):
    """The request is answered with a problem."""

    def __init__(self, problem: NamedProblem, headers: Mapping[str, str] = MappingProxyType({})) -> None:
        super().__init__(problem.code)
        self.problem = problem
        self.headers = headers


OF_KIND: Mapping[Kind, Problem] = MappingProxyType(
    {
        Kind.INVALID: Problem(400, "Invalid request", "A field was not understood.", "Correct the request."),
        Kind.UNAUTHENTICATED: Problem(
            401, "Not authenticated", "The key is not known.", "Send `Authorization: Bearer <key>` with a live key."
        ),
        Kind.FORBIDDEN: Problem(403, "Forbidden", "The key does not allow this.", "Use a key that does."),
        Kind.NOT_FOUND: Problem(404, "Not found", "There is no such thing here.", "Check the id."),
        Kind.CONFLICT: Problem(409, "Conflict", "Something else is there already.", "Read it, then decide anew."),
        Kind.PRECONDITION: Problem(
            409, "Not possible now", "The state of things does not allow it.", "Establish the state, then repeat."
        ),
        Kind.RATE_LIMITED: Problem(429, "Too many requests", "The limit is reached.", "Wait, then repeat."),
        Kind.UNAVAILABLE: Problem(503, "Unavailable", "A part of the system is away.", "Repeat in a moment."),
        Kind.DEADLINE: Problem(504, "Too slow", "A part of the system did not answer in time.", "Repeat in a moment."),
        Kind.INTERNAL: Problem(500, "Internal error", "Something went wrong on our side.", "Report the trace id."),
    }
)
"""By kind of a DomainError; its reason is the code."""

UNEXPECTED = NamedProblem(
    500, "Internal error", "Something went wrong on our side.", "Report the trace id.", "INTERNAL"
)
BODY_TOO_LARGE = NamedProblem(
    413, "Body too large", "A body may have 2 MiB.", "Send less in one request.", "BODY_TOO_LARGE"
)
BODY_TOO_SLOW = NamedProblem(
    408, "Body too slow", "The body did not arrive in time.", "Send the whole body at once.", "BODY_TOO_SLOW"
)
BODY_INCOMPLETE = NamedProblem(
    400, "Body incomplete", "The connection ended within the body.", "Send the whole body.", "BODY_INCOMPLETE"
)
SECRET_REFUSED = NamedProblem(
    401,
    "Not authenticated",
    "The message does not prove that Vapi sent it.",
    "Give the server in Vapi the secret that this deployment expects in X-Vapi-Secret.",
    "SECRET_REFUSED",
)
WRONG_MEDIA_TYPE = NamedProblem(
    415,
    "Wrong media type",
    "The body is declared as something else than JSON.",
    "Send `Content-Type: application/json`.",
    "WRONG_MEDIA_TYPE",
)
NOT_A_MESSAGE = NamedProblem(
    400,
    "Not a server message",
    'The body is not a JSON object with an object under "message".',
    'Send {"message": {"type": …}} as Vapi does.',
    "NOT_A_MESSAGE",
)
KEY_MISSING = NamedProblem(
    401, "Not authenticated", "There is no bearer key.", "Send `Authorization: Bearer <key>`.", "KEY_MISSING"
)
KEY_UNKNOWN = NamedProblem(
    401, "Not authenticated", "The key is not known.", "Send `Authorization: Bearer <key>` with a live key.",
    "API_KEY_UNKNOWN",
)  # fmt: skip
ORGANIZATION_NOT_NAMED = NamedProblem(
    400,
    "No organization named",
    "The administrator's key needs an organization.",
    "Send its id, a UUID, in X-Organization-Id.",
    "ORGANIZATION_NOT_NAMED",
)
FOREIGN_ORGANIZATION = NamedProblem(
    403,
    "Forbidden",
    "X-Organization-Id names another organization than the key's.",
    "Leave the header out: a key implies its organization.",
    "FOREIGN_ORGANIZATION",
)
MALFORMED_LIMIT = NamedProblem(
    400, "Invalid request", "`limit` is no number from 1 to 200.", "Send a number from 1 to 200.", "MALFORMED_LIMIT"
)


class _Body(msgspec.Struct):
    type: str
    title: str
    status: int
    code: str
    detail: str
    fix: str
    trace_id: str


_encoder = msgspec.json.Encoder()


def response_of(problem: Problem, code: str, headers: Mapping[str, str] | None = None) -> Response:
    """The answer, and the log line by which its trace id is found."""
    trace_id = token_hex(16)
    _log.info("refused", status=problem.status, code=code, trace_id=trace_id)
    body = _Body(
        type=f"urn:switchboard:problem:{code.lower().replace('_', '-')}",
        title=problem.title,
        status=problem.status,
        code=code,
        detail=problem.detail,
        fix=problem.fix,
        trace_id=trace_id,
    )
    return Response(
        _encoder.encode(body), status_code=problem.status, headers=headers, media_type="application/problem+json"
    )


async def answer_refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)  # noqa: S101  # Starlette calls this for Refused alone
    return response_of(error.problem, error.problem.code, error.headers)


async def answer_domain_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, DomainError)  # noqa: S101  # likewise
    if isinstance(error, RemoteError) and error.kind is Kind.UNAUTHENTICATED:
        # A service that does not know us is our mistake, not the client's.
        return response_of(UNEXPECTED, UNEXPECTED.code)
    headers = {"Retry-After": "1"} if error.kind in (Kind.UNAVAILABLE, Kind.RATE_LIMITED) else None
    return response_of(OF_KIND[error.kind], error.reason, headers)


async def answer_http_exception(_request: Request, error: Exception) -> Response:
    """What Starlette itself refuses: paths and methods that are not there."""
    assert isinstance(error, HTTPException)  # noqa: S101  # likewise
    status = HTTPStatus(error.status_code)
    problem = Problem(
        status.value, status.phrase, f"{status.description or status.phrase}.", "Check the URL and the method."
    )
    return response_of(problem, status.name, error.headers)
