"""The states in which a use-case of tenancy can end. Each reason is a value of ErrorReason in the protos."""

from chassis.errors import DomainError, Kind


class OrganizationNotFound(DomainError, kind=Kind.NOT_FOUND, reason="ORGANIZATION_NOT_FOUND"):
    """No organization of that id."""


class MalformedOrganizationId(DomainError, kind=Kind.INVALID, reason="MALFORMED_ORGANIZATION_ID"):
    """The id is no UUID."""


class UnknownTimezone(DomainError, kind=Kind.INVALID, reason="UNKNOWN_TIMEZONE"):
    """Not in the IANA database. Metadata: timezone, as it was given."""


class RateLimitOutOfRange(DomainError, kind=Kind.INVALID, reason="RATE_LIMIT_OUT_OF_RANGE"):
    """Nobody may ask for nothing, or for more than can be counted."""


class MissingName(DomainError, kind=Kind.INVALID, reason="MISSING_NAME"):
    """An organization needs a name."""


class MalformedPhoneNumber(DomainError, kind=Kind.INVALID, reason="MALFORMED_PHONE_NUMBER"):
    """No telephone number could be read from the text."""


class MalformedPhoneNumberId(DomainError, kind=Kind.INVALID, reason="MALFORMED_PHONE_NUMBER_ID"):
    """Vapi's id of a phone number is no UUID."""


class PhoneNumberTaken(DomainError, kind=Kind.CONFLICT, reason="PHONE_NUMBER_TAKEN"):
    """The number, or Vapi's id of it, is in use; never said by whom."""


class PhoneNumberNotFound(DomainError, kind=Kind.NOT_FOUND, reason="PHONE_NUMBER_NOT_FOUND"):
    """The organization holds no such number."""


class WatchBroken(DomainError, kind=Kind.UNAVAILABLE, reason="WATCH_BROKEN"):
    """A watch cannot go on without a gap: too much was left unread, or changes are missing."""


class ApiKeyUnknown(DomainError, kind=Kind.UNAUTHENTICATED, reason="API_KEY_UNKNOWN"):
    """Malformed, revoked and unknown keys are one state: a guesser learns nothing."""


class MalformedPageToken(DomainError, kind=Kind.INVALID, reason="MALFORMED_PAGE_TOKEN"):
    """The page token was not made by this service."""


class AssistantTaken(DomainError, kind=Kind.CONFLICT, reason="ASSISTANT_TAKEN"):
    """The assistant belongs to somebody else; never said to whom."""


class MalformedAssistantId(DomainError, kind=Kind.INVALID, reason="MALFORMED_ASSISTANT_ID"):
    """The assistant's id is no UUID."""


class ApiKeyNotFound(DomainError, kind=Kind.NOT_FOUND, reason="API_KEY_NOT_FOUND"):
    """The organization, or the platform, has no such key; or it was revoked before."""


class TooManyLiveApiKeys(DomainError, kind=Kind.CONFLICT, reason="TOO_MANY_LIVE_API_KEYS"):
    """Two keys of one name are live already: one to replace, one to replace it with."""


class WebhookCredentialNotFound(DomainError, kind=Kind.NOT_FOUND, reason="WEBHOOK_CREDENTIAL_NOT_FOUND"):
    """The organization has no such webhook credential."""


class TooManyLiveWebhookCredentials(DomainError, kind=Kind.CONFLICT, reason="TOO_MANY_LIVE_WEBHOOK_CREDENTIALS"):
    """Two webhook credentials are live already, or will be."""


class MalformedWebhookCredential(DomainError, kind=Kind.INVALID, reason="MALFORMED_WEBHOOK_CREDENTIAL"):
    """The credential cannot be used as it is described. Metadata: field, in the proto's words."""


class SealedWithUnknownKey(DomainError, kind=Kind.INTERNAL, reason="SEALED_WITH_UNKNOWN_KEY"):
    """What was sealed cannot be opened: its key is no longer known, or it was sealed about something else."""


class QuarantinedMessageNotFound(DomainError, kind=Kind.NOT_FOUND, reason="QUARANTINED_MESSAGE_NOT_FOUND"):
    """No quarantined message of that id; or it has expired."""


class QuarantineFull(DomainError, kind=Kind.RATE_LIMITED, reason="QUARANTINE_FULL"):
    """There is no room for what must be kept. What can be sent again should be."""
