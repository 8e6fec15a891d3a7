"""Errors are named states.

DomainError(kind, reason, **metadata)
 ├── each service's own states: `class SlotTaken(DomainError, kind=Kind.CONFLICT, reason="SLOT_TAKEN")`
 ├── ChassisError
 │    ├── NoTenant, MalformedTenant, MalformedRequest, DeadlineTooShort, CallerNotAllowed, ServerStopping
 │    └── DatabaseUnavailable, DatabaseTooSlow         see `chassis.database.faults`
 └── RemoteError                           another service's state, as it arrived over gRPC

A state has a kind (what sort of trouble, mapped once to gRPC, once to HTTP, once to speech), a reason (which state,
an enum value in the service's protos) and metadata (facts a client may switch on). None of them carries another
tenant's data, a secret or an exception's text.
"""

from enum import StrEnum
from typing import ClassVar


class Kind(StrEnum):
    """What sort of trouble; each is mapped exactly once at each edge."""

    INVALID = "invalid"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    PRECONDITION = "precondition"
    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"
    DEADLINE = "deadline"
    INTERNAL = "internal"


class DomainError(Exception):
    """A state that a use-case can end in and that a client can act on."""

    kind: ClassVar[Kind]
    reason: ClassVar[str]
    domain: ClassVar[str] = ""
    """Whose state it is, in ErrorInfo; empty for the states of the service that raises them."""

    def __init_subclass__(
        cls, *, kind: Kind | None = None, reason: str | None = None, domain: str | None = None
    ) -> None:
        if domain is not None:
            cls.domain = domain
        if kind is not None:
            cls.kind = kind
        if reason is not None:
            cls.reason = reason

    def __init__(self, /, **metadata: str) -> None:
        super().__init__(self.reason)
        self.metadata = metadata


class ChassisError(DomainError, domain="chassis.switchboard"):
    """A state that any service can end in; reasons in `protos/switchboard/chassis/v1/error_reason.proto`."""


class NoTenant(ChassisError, kind=Kind.PRECONDITION, reason="NO_TENANT"):
    """The work needs an organization and none is in scope."""


class MalformedTenant(ChassisError, kind=Kind.INVALID, reason="MALFORMED_TENANT"):
    """The RPC's metadata names an organization that is no UUID."""


class MalformedRequest(ChassisError, kind=Kind.INVALID, reason="MALFORMED_REQUEST"):
    """The request's bytes are no message of its type."""


class DeadlineTooShort(ChassisError, kind=Kind.DEADLINE, reason="DEADLINE_TOO_SHORT"):
    """Too little time is left to begin; nothing was done."""


class CallerNotAllowed(ChassisError, kind=Kind.FORBIDDEN, reason="CALLER_NOT_ALLOWED"):
    """The RPC names who may call it, and the caller is somebody else."""


class ServerStopping(ChassisError, kind=Kind.UNAVAILABLE, reason="SERVER_STOPPING"):
    """The server ends its streams because it stops; another one, or this one started again, goes on."""


class RemoteError(DomainError):
    """Another service's state. Kind and reason are the instance's own."""

    kind: Kind  # type: ignore[misc]  # a local state knows its kind by class, a remote one by message
    reason: str  # type: ignore[misc]  # likewise

    def __init__(self, kind: Kind, reason: str, /, **metadata: str) -> None:
        self.kind = kind
        self.reason = reason
        super().__init__(**metadata)
