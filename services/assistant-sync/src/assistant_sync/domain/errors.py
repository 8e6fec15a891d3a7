"""The states a use-case can end in. The reasons are those of error_reason.proto."""

from chassis.errors import DomainError, Kind


class AgentNotFound(DomainError, kind=Kind.NOT_FOUND, reason="AGENT_NOT_FOUND"):
    """The organization has no agent of that type."""


class UnknownAgentType(DomainError, kind=Kind.INVALID, reason="UNKNOWN_AGENT_TYPE"):
    """None of inbound, follow_up, outbound."""


class MissingName(DomainError, kind=Kind.INVALID, reason="MISSING_NAME"):
    """The first save of an agent needs a name, and no save may empty it."""


class NameTooLong(DomainError, kind=Kind.INVALID, reason="NAME_TOO_LONG"):
    """Vapi allows 40 characters."""


class MalformedField(DomainError, kind=Kind.INVALID, reason="MALFORMED_FIELD"):
    """A field holds what JSON or a text cannot: a NUL, an infinite number."""

    def __init__(self, field: str) -> None:
        super().__init__(field=field)


class RefusedByVapi(DomainError, kind=Kind.INVALID, reason="REFUSED_BY_VAPI"):
    """Vapi does not take these fields. The agent is what it was before the save."""


class AssistantNotFound(DomainError, kind=Kind.NOT_FOUND, reason="ASSISTANT_NOT_FOUND"):
    """None of the organization's agents has that assistant."""


class AssistantMissing(DomainError, kind=Kind.NOT_FOUND, reason="ASSISTANT_MISSING"):
    """The assistant was deleted in Vapi."""


class InvalidWebhookUrl(DomainError, kind=Kind.INVALID, reason="INVALID_WEBHOOK_URL"):
    """Neither an https URL, nor an http one to a loopback address."""


class InvalidBackendUrl(DomainError, kind=Kind.INVALID, reason="INVALID_BACKEND_URL"):
    """Neither an https URL, nor an http one to a loopback address."""


class RolloutNotFound(DomainError, kind=Kind.NOT_FOUND, reason="ROLLOUT_NOT_FOUND"):
    """There is no roll-out of that id, or none at all yet."""


class RolloutUnderWay(DomainError, kind=Kind.PRECONDITION, reason="ROLLOUT_UNDER_WAY"):
    """Another roll-out has not ended."""


class RolloutOver(DomainError, kind=Kind.PRECONDITION, reason="ROLLOUT_OVER"):
    """It has ended, or a later one began."""


class MalformedPageToken(DomainError, kind=Kind.INVALID, reason="MALFORMED_PAGE_TOKEN"):
    """The list goes on nowhere near."""


class VapiUnreachable(DomainError, kind=Kind.UNAVAILABLE, reason="VAPI_AWAY"):
    """Vapi did not answer, or answered 429 or 5xx."""


class VapiKeyRefused(DomainError, kind=Kind.UNAVAILABLE, reason="VAPI_UNAUTHORISED"):
    """Vapi does not accept our key."""


class DepartmentNotFound(DomainError, kind=Kind.NOT_FOUND, reason="DEPARTMENT_NOT_FOUND"):
    """The organization has no such department."""


class DepartmentNameTaken(DomainError, kind=Kind.CONFLICT, reason="DEPARTMENT_NAME_TAKEN"):
    """The organization has a department that sounds the same."""


class MalformedDepartment(DomainError, kind=Kind.INVALID, reason="MALFORMED_DEPARTMENT"):
    """A field is too long, or no telephone number or SIP URI; or there is neither of the two, or both."""

    def __init__(self, field: str) -> None:
        super().__init__(field=field)


class TooManyDepartments(DomainError, kind=Kind.PRECONDITION, reason="TOO_MANY_DEPARTMENTS"):
    """The organization has as many departments as it may."""


class MalformedId(DomainError, kind=Kind.INVALID, reason="MALFORMED_ID"):
    """A department's id is no UUID, or one of a conversation's cannot be kept."""

    def __init__(self, field: str) -> None:
        super().__init__(field=field)


class ToolCallConflict(DomainError, kind=Kind.CONFLICT, reason="TOOL_CALL_CONFLICT"):
    """The same tool call was made before with other arguments."""


class RecordingNotFound(DomainError, kind=Kind.NOT_FOUND, reason="RECORDING_NOT_FOUND"):
    """Vapi has no recording of such a call of the organization."""


class MalformedPeriod(DomainError, kind=Kind.INVALID, reason="MALFORMED_PERIOD"):
    """It ends before it begins, or is longer than a year."""


class TenancyUnreachable(DomainError, kind=Kind.UNAVAILABLE, reason="TENANCY_AWAY"):
    """Whose a call is cannot be asked."""
