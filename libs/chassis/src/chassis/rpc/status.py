"""The one map between error kinds and gRPC status codes, both ways."""

from collections.abc import Mapping
from types import MappingProxyType

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status
from grpc_status import rpc_status

from chassis.errors import DomainError, Kind, RemoteError

CODES: Mapping[Kind, grpc.StatusCode] = MappingProxyType(
    {
        Kind.INVALID: grpc.StatusCode.INVALID_ARGUMENT,
        Kind.UNAUTHENTICATED: grpc.StatusCode.UNAUTHENTICATED,
        Kind.FORBIDDEN: grpc.StatusCode.PERMISSION_DENIED,
        Kind.NOT_FOUND: grpc.StatusCode.NOT_FOUND,
        Kind.CONFLICT: grpc.StatusCode.ALREADY_EXISTS,
        Kind.PRECONDITION: grpc.StatusCode.FAILED_PRECONDITION,
        Kind.RATE_LIMITED: grpc.StatusCode.RESOURCE_EXHAUSTED,
        Kind.UNAVAILABLE: grpc.StatusCode.UNAVAILABLE,
        Kind.DEADLINE: grpc.StatusCode.DEADLINE_EXCEEDED,
        Kind.INTERNAL: grpc.StatusCode.INTERNAL,
    }
)
KINDS: Mapping[grpc.StatusCode, Kind] = MappingProxyType({code: kind for kind, code in CODES.items()})


def status_of(error: DomainError, domain: str) -> grpc.Status:
    """The gRPC status of a state, of `domain` unless the state has one of its own.

    Its text is the reason: a client switches on ErrorInfo, never on text.
    """
    info = AnyMessage()
    info.Pack(ErrorInfo(reason=error.reason, domain=error.domain or domain, metadata=error.metadata))
    code = CODES[error.kind]
    status: grpc.Status = rpc_status.to_status(Status(code=code.value[0], message=error.reason, details=[info]))
    return status


def state_of(error: grpc.aio.AioRpcError) -> RemoteError:
    """The state that a failed call ended in; a code that we do not send counts as INTERNAL."""
    kind = KINDS.get(error.code(), Kind.INTERNAL)
    info = _error_info(error)
    return RemoteError(kind, info.reason or error.code().name, **dict(info.metadata))


def _error_info(error: grpc.aio.AioRpcError) -> ErrorInfo:
    info = ErrorInfo()
    status = rpc_status.from_call(error)
    for detail in status.details if status else ():
        if detail.Unpack(info):
            break
    return info
