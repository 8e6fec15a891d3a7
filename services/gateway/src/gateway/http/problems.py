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
from chassis.traces import trace_id as current_trace
from gateway.http.remedies import OF_REASON

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
HEADERS_TOO_LARGE = NamedProblem(
    431,
    "Headers too large",
    "The URL and the headers may have 16 KiB together.",
    "Send less in them; what is long belongs into the body.",
    "HEADERS_TOO_LARGE",
)
HEADERS_TOO_SLOW = NamedProblem(
    408, "Headers too slow", "The headers did not arrive in time.", "Send the request at once.", "HEADERS_TOO_SLOW"
)
NOT_HTTP = NamedProblem(400, "Invalid request", "That is no HTTP/1.1 request.", "Send one.", "NOT_HTTP")
TOO_MANY_CONNECTIONS = NamedProblem(
    503,
    "Unavailable",
    "More connections are open than this process can serve.",
    "Try again in a moment, and use connections again instead of opening new ones.",
    "TOO_MANY_CONNECTIONS",
)
SECRET_REFUSED = NamedProblem(
    401,
    "Not authenticated",
    "The message does not prove that Vapi sent it.",
    "Give the server in Vapi this deployment's secret in X-Vapi-Secret, or a credential of the organization.",
    "SECRET_REFUSED",
)
SENDER_NOT_CHECKED = NamedProblem(
    503,
    "Unavailable",
    "Who sent the message cannot be checked at the moment.",
    "Send it again in a moment.",
    "SENDER_NOT_CHECKED",
)
OVERLOADED = NamedProblem(
    503, "Unavailable", "There is too much to do at the moment.", "Send it again in a moment.", "OVERLOADED"
)
NOT_KEPT = NamedProblem(
    503,
    "Unavailable",
    "Nobody knows yet whose the message is, and it cannot be kept until somebody does.",
    "Send it again later.",
    "MESSAGE_NOT_KEPT",
)
NOT_RECORDED = NamedProblem(
    503, "Unavailable", "The message cannot be recorded at the moment.", "Send it again later.", "MESSAGE_NOT_RECORDED"
)
WRONG_MEDIA_TYPE = NamedProblem(
    415,
    "Wrong media type",
    "The body is declared as something else than JSON, or as compressed.",
    "Send `Content-Type: application/json`, and no `Content-Encoding`.",
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
ORGANIZATION_NOT_FOUND = NamedProblem(
    404,
    "Not found",
    "There is no organization of that id that this key could see.",
    "Check the id. An organization's key sees its own organization alone, also without X-Organization-Id.",
    "ORGANIZATION_NOT_FOUND",
)
NOT_FOUND = NamedProblem(404, "Not found", "There is no such thing here.", "Check the id.", "NOT_FOUND")
ADMINISTRATORS_ONLY = NamedProblem(
    403,
    "Forbidden",
    "An organization's key does not open this route: it is the platform administrator's.",
    "Use the administrator's key or a key of the platform.",
    "ADMINISTRATORS_ONLY",
)
READ_ONLY_KEY = NamedProblem(
    403,
    "Forbidden",
    "The key may look, and change nothing.",
    "Use a key with the scope `write`.",
    "READ_ONLY_KEY",
)
TOO_MANY_REQUESTS = NamedProblem(
    429,
    "Too many requests",
    "The organization has asked for more in the last minute than it may.",
    "Wait as many seconds as `Retry-After` says. The platform's administrator can raise `rate_limit_per_minute`.",
    "TOO_MANY_REQUESTS",
)
NOT_JSON = NamedProblem(400, "Invalid request", "The body is no JSON.", "Send one JSON object, in UTF-8.", "NOT_JSON")
NUMBER_NOT_FOUND = NamedProblem(
    404,
    "Not found",
    "This key sees no organization that holds that number.",
    "Check the number; an organization's key finds its own numbers alone.",
    "PHONE_NUMBER_NOT_FOUND",
)
MALFORMED_NUMBER_IN_PATH = NamedProblem(
    400,
    "Invalid request",
    "That is no telephone number.",
    "Send it with its country code, such as `+14155550100`.",
    "MALFORMED_PHONE_NUMBER",
)
RECORDING_UNAVAILABLE = NamedProblem(
    503,
    "Unavailable",
    "The recording cannot be read from where Vapi keeps it at the moment.",
    "Repeat in a moment; if it stays so, look at VAPI_RECORDING_HOSTS.",
    "RECORDING_UNAVAILABLE",
)
UNKNOWN_ASSISTANT_TYPE = NamedProblem(
    404,
    "Not found",
    "There is no such type of assistant.",
    "Use `inbound`, `follow_up` or `outbound`.",
    "UNKNOWN_ASSISTANT_TYPE",
)
MISSING_ASSISTANT_ID = NamedProblem(
    400,
    "Invalid request",
    "`vapiAssistantId` is empty.",
    "Send the id that Vapi shows; `GET /api/assistants` tells it.",
    "MISSING_ASSISTANT_ID",
)
MALFORMED_LIMIT = NamedProblem(
    400, "Invalid request", "`limit` is no number from 1 to 200.", "Send a number from 1 to 200.", "MALFORMED_LIMIT"
)


def unknown_field(field: str, form: str) -> NamedProblem:
    return NamedProblem(400, "Invalid request", f"There is no field `{field}`.", f"Send {form}.", "UNKNOWN_FIELD")


def missing_field(field: str, form: str) -> NamedProblem:
    return NamedProblem(400, "Invalid request", f"`{field}` is missing.", f"Send {form}.", "MISSING_FIELD")


def malformed_parameter(name: str, fix: str) -> NamedProblem:
    """Of the query."""
    detail = f"`{name}` is nothing that can be asked for."
    return NamedProblem(400, "Invalid request", detail, fix, "MALFORMED_PARAMETER")


def malformed_flag(name: str) -> NamedProblem:
    """Of the query."""
    detail = f"`{name}` is neither true nor false."
    return NamedProblem(400, "Invalid request", detail, "Send `true` or `false`.", "MALFORMED_FLAG")


def state(kind: Kind, reason: str) -> NamedProblem:
    """What a service's state of this reason is told as, where the gateway itself finds it."""
    usual, remedy = OF_KIND[kind], OF_REASON[reason]
    return NamedProblem(usual.status, usual.title, remedy.detail, remedy.fix, reason)


def unusable_credential(field: str) -> NamedProblem:
    return NamedProblem(
        400,
        "Invalid request",
        f"The credential cannot be used as `{field}` describes it.",
        "Send the plan as Vapi shows it. A secret, where one is sent, has 16 to 1024 printable characters.",
        "MALFORMED_WEBHOOK_CREDENTIAL",
    )


def malformed_field(field: str, form: str) -> NamedProblem:
    """`field` is empty if the whole body is of another type."""
    detail = f"`{field}` is not what it should be." if field else "The body is no JSON object."
    return NamedProblem(400, "Invalid request", detail, f"Send {form}.", "MALFORMED_FIELD")


class ProblemDetails(msgspec.Struct):
    """What went wrong, and what helps (RFC 9457)."""

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
    trace_id = current_trace() or token_hex(16)
    _log.info("refused", status=problem.status, code=code, trace_id=trace_id)
    body = ProblemDetails(
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
    if isinstance(error, RemoteError) and error.kind in (Kind.UNAUTHENTICATED, Kind.FORBIDDEN):
        # A service that does not know us, or does not allow us, is our mistake and not the client's.
        return response_of(UNEXPECTED, UNEXPECTED.code)
    headers = {"Retry-After": "1"} if error.kind in (Kind.UNAVAILABLE, Kind.RATE_LIMITED) else None
    return response_of(_problem_of(error), error.reason, headers)


def _problem_of(error: DomainError) -> Problem:
    usual = OF_KIND[error.kind]
    if (remedy := OF_REASON.get(error.reason)) is None:
        return usual
    detail = remedy.detail
    for name, unnamed in (("field", "a field"), ("properties", "some of the fields")):
        detail = detail.replace(f"{{{name}}}", error.metadata.get(name) or unnamed)
    return Problem(usual.status, usual.title, detail, remedy.fix)


async def answer_http_exception(_request: Request, error: Exception) -> Response:
    """What Starlette itself refuses: paths and methods that are not there."""
    assert isinstance(error, HTTPException)  # noqa: S101  # likewise
    status = HTTPStatus(error.status_code)
    problem = Problem(
        status.value, status.phrase, f"{status.description or status.phrase}.", "Check the URL and the method."
    )
    return response_of(problem, status.name, error.headers)
