"""How asking Vapi, tenancy or the store can end. None of it leaves the use-cases."""


class VapiTrouble(Exception):
    """Vapi did not do what it was asked. None of its states carries the text of an answer."""


class VapiRefused(VapiTrouble):
    """The request can never succeed as it is (400)."""

    def __init__(self, properties: tuple[str, ...]) -> None:
        super().__init__()
        self.properties = properties
        """Dotted names of what Vapi objects to, as far as its answer tells."""


class VapiUnauthorised(VapiTrouble):
    """The account's key is not accepted (401, 403)."""


class VapiMissing(VapiTrouble):
    """There is no such object in the account (404)."""


class VapiPinned(VapiTrouble):
    """The object is not deleted while a version of it is pinned somewhere (409)."""


class VapiAway(VapiTrouble):
    """No answer that settles it: 429, 5xx, a timeout, a broken connection."""

    def __init__(self, *, may_have_happened: bool, retry_after: float | None = None) -> None:
        super().__init__()
        self.may_have_happened = may_have_happened
        """False where Vapi certainly did nothing: it was not reached, or answered 429."""
        self.retry_after = retry_after
        """Seconds that Vapi asks us to wait."""


class VapiUnreadable(VapiAway):
    """It answered with what cannot be read: a call without what every call has."""


class AssistantTaken(Exception):
    """The assistant is known as another organization's."""


class NumberTaken(Exception):
    """Tenancy takes Vapi's id of the phone number for no id, or for that of another number."""


class RegistryAway(Exception):
    """Tenancy could not be told."""


class BookingAway(Exception):
    """Booking, which records calls, could not be asked."""
