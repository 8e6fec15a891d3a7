"""Every code that a problem may come with, and what is told with it."""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType

from chassis.rpc.status import CODES as GRPC_CODES
from gateway.http import problems
from gateway.http.problems import NamedProblem
from gateway.http.remedies import OF_REASON, Remedy
from switchboard.assistants.v1.error_reason_pb2 import ErrorReason as OfAssistants
from switchboard.booking.v1.error_reason_pb2 import ErrorReason as OfBooking
from switchboard.chassis.v1.error_reason_pb2 import ErrorReason as OfChassis
from switchboard.tenancy.v1.error_reason_pb2 import ErrorReason as OfTenancy

_OWN = [
    *(problem for problem in vars(problems).values() if isinstance(problem, NamedProblem)),
    problems.unknown_field("…", "the fields that are shown"),
    problems.missing_field("…", "the fields that are shown"),
    problems.malformed_field("…", "the fields that are shown"),
    problems.malformed_parameter("…", "Send what the parameter is shown to be."),
    problems.malformed_flag("…"),
]
_OF_ROUTING = [HTTPStatus.NOT_FOUND.name, HTTPStatus.METHOD_NOT_ALLOWED.name]
_OF_SERVICES = [
    *(name for reasons in (OfTenancy, OfBooking, OfAssistants, OfChassis) for name in reasons.keys()[1:]),
    *(code.name for code in GRPC_CODES.values()),
]

CODES: Mapping[str, Remedy | None] = MappingProxyType(
    {
        **dict.fromkeys([*_OF_SERVICES, *_OF_ROUTING]),
        **{problem.code: Remedy(problem.detail, problem.fix) for problem in _OWN},
        **OF_REASON,
    }
)
"""What is told and what helps; None where the status says as much."""
