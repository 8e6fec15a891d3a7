"""The named states booking can end in. What a caller may simply hear (taken, closed) is an outcome, not an error."""

from chassis.errors import DomainError, Kind


class ArgumentNotUnderstood(DomainError, kind=Kind.INVALID, reason="ARGUMENT_NOT_UNDERSTOOD"):
    """A tool's argument has to be asked for again."""

    def __init__(self, argument: str) -> None:
        super().__init__(argument=argument)


class ToolCallConflict(DomainError, kind=Kind.CONFLICT, reason="TOOL_CALL_CONFLICT"):
    """The same tool call was made before with other arguments."""


class MalformedId(DomainError, kind=Kind.INVALID, reason="MALFORMED_ID"):
    """An id is no UUID."""

    def __init__(self, field: str) -> None:
        super().__init__(field=field)


class MissingName(DomainError, kind=Kind.INVALID, reason="MISSING_NAME"):
    """A calendar or service needs a name, and one that can be said."""


class UnknownTimezone(DomainError, kind=Kind.INVALID, reason="UNKNOWN_TIMEZONE"):
    """Not in the IANA database."""

    def __init__(self, timezone: str) -> None:
        super().__init__(timezone=timezone)


class MalformedOpeningHours(DomainError, kind=Kind.INVALID, reason="MALFORMED_OPENING_HOURS"):
    """Opening hours that end before they begin, overlap, or are not on a weekday."""


class MalformedService(DomainError, kind=Kind.INVALID, reason="MALFORMED_SERVICE"):
    """A service with an impossible duration, step, buffer, lead time or horizon."""

    def __init__(self, field: str) -> None:
        super().__init__(field=field)


class ServiceNameTaken(DomainError, kind=Kind.CONFLICT, reason="SERVICE_NAME_TAKEN"):
    """The organization has a service of that name."""


class DefaultServiceExists(DomainError, kind=Kind.CONFLICT, reason="DEFAULT_SERVICE_EXISTS"):
    """The organization has a default service already."""


class MalformedPageToken(DomainError, kind=Kind.INVALID, reason="MALFORMED_PAGE_TOKEN"):
    """The page token was not made by this service."""


class CalendarNotFound(DomainError, kind=Kind.NOT_FOUND, reason="CALENDAR_NOT_FOUND"):
    """The organization has no such calendar."""


class CalendarNameTaken(DomainError, kind=Kind.CONFLICT, reason="CALENDAR_NAME_TAKEN"):
    """The organization has a calendar of that name."""


class CalendarInUse(DomainError, kind=Kind.PRECONDITION, reason="CALENDAR_IN_USE"):
    """Appointments are to come in the calendar."""


class MalformedClosure(DomainError, kind=Kind.INVALID, reason="MALFORMED_CLOSURE"):
    """A closure or extra opening that ends before it begins, or is no date."""

    def __init__(self, field: str) -> None:
        super().__init__(field=field)


class ServiceNotFound(DomainError, kind=Kind.NOT_FOUND, reason="SERVICE_NOT_FOUND"):
    """The organization has no such service."""


class MalformedTime(DomainError, kind=Kind.INVALID, reason="MALFORMED_TIME"):
    """A time is beyond the calendar, or an appointment's start no whole minute."""

    def __init__(self, field: str) -> None:
        super().__init__(field=field)


class MalformedPeriod(DomainError, kind=Kind.INVALID, reason="MALFORMED_PERIOD"):
    """A report's period ends before it begins, is longer than a year, or an end of it is no day and no instant."""

    def __init__(self, field: str) -> None:
        super().__init__(field=field)


class AppointmentNotFound(DomainError, kind=Kind.NOT_FOUND, reason="APPOINTMENT_NOT_FOUND"):
    """The organization has no such appointment."""


class AppointmentOver(DomainError, kind=Kind.PRECONDITION, reason="APPOINTMENT_OVER"):
    """The appointment was cancelled, or is to be moved and has ended."""


class AppointmentToCome(DomainError, kind=Kind.PRECONDITION, reason="APPOINTMENT_TO_COME"):
    """The appointment has not begun: it can be neither completed nor missed."""


class TimeTaken(DomainError, kind=Kind.PRECONDITION, reason="TIME_TAKEN"):
    """Somebody else has the time."""


class TimeClosed(DomainError, kind=Kind.PRECONDITION, reason="TIME_CLOSED"):
    """The calendar is closed then."""


class TimePast(DomainError, kind=Kind.PRECONDITION, reason="TIME_PAST"):
    """The time is over."""


class TimeTooFarAhead(DomainError, kind=Kind.PRECONDITION, reason="TIME_TOO_FAR_AHEAD"):
    """The time is beyond the service's horizon."""


class ContactNotFound(DomainError, kind=Kind.NOT_FOUND, reason="CONTACT_NOT_FOUND"):
    """The organization knows no such contact."""


class MalformedContact(DomainError, kind=Kind.INVALID, reason="MALFORMED_CONTACT"):
    """A contact needs a number or an e-mail address, each well-formed."""

    def __init__(self, field: str) -> None:
        super().__init__(field=field)


class ContactExists(DomainError, kind=Kind.CONFLICT, reason="CONTACT_EXISTS"):
    """The organization knows this person already, under another id."""


class CallNotFound(DomainError, kind=Kind.NOT_FOUND, reason="CALL_NOT_FOUND"):
    """The organization has no such call."""


class RecordingNotFound(DomainError, kind=Kind.NOT_FOUND, reason="RECORDING_NOT_FOUND"):
    """Whoever called was erased, and what was said with them."""


class MalformedCall(DomainError, kind=Kind.INVALID, reason="MALFORMED_CALL"):
    """The call's record, or the id of what happened in it, cannot be read."""

    def __init__(self, field: str) -> None:
        super().__init__(field=field)


class FeedNotFound(DomainError, kind=Kind.NOT_FOUND, reason="FEED_NOT_FOUND"):
    """There is no such link to a calendar, or no more."""


class TooManyFeeds(DomainError, kind=Kind.PRECONDITION, reason="TOO_MANY_FEEDS"):
    """The calendar has as many links as it may."""


class BusySourceNotFound(DomainError, kind=Kind.NOT_FOUND, reason="BUSY_SOURCE_NOT_FOUND"):
    """The organization has no such calendar outside."""


class MalformedBusySource(DomainError, kind=Kind.INVALID, reason="MALFORMED_BUSY_SOURCE"):
    """The address of a calendar outside cannot be used."""

    def __init__(self, field: str) -> None:
        super().__init__(field=field)


class TooManyBusySources(DomainError, kind=Kind.PRECONDITION, reason="TOO_MANY_BUSY_SOURCES"):
    """The calendar has as many calendars outside as it may."""


class ConnectionNotFound(DomainError, kind=Kind.NOT_FOUND, reason="CONNECTION_NOT_FOUND"):
    """The organization has no such connection to a calendar outside."""


class MalformedConnection(DomainError, kind=Kind.INVALID, reason="MALFORMED_CONNECTION"):
    """A connection needs an https address, a user and a password."""

    def __init__(self, field: str) -> None:
        super().__init__(field=field)


class TooManyConnections(DomainError, kind=Kind.PRECONDITION, reason="TOO_MANY_CONNECTIONS"):
    """The calendar has as many connections as it may."""
