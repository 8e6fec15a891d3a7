"""What this service needs of Vapi, and how asking for it can end."""

from collections.abc import AsyncIterator
from typing import Protocol

from assistant_sync.domain.agent import Json


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


class VapiAway(VapiTrouble):
    """No answer that settles it: 429, 5xx, a timeout, a broken connection."""

    def __init__(self, *, may_have_happened: bool, retry_after: float | None = None) -> None:
        super().__init__()
        self.may_have_happened = may_have_happened
        """False where Vapi certainly did nothing: it was not reached, or answered 429."""
        self.retry_after = retry_after
        """Seconds that Vapi asks us to wait."""


class VapiAssistants(Protocol):
    """The assistants of one Vapi account. Every method may raise any VapiTrouble."""

    async def get(self, assistant_id: str) -> Json: ...

    def all(self) -> AsyncIterator[Json]:
        """Every assistant of the account."""
        ...

    async def create(self, fields: Json) -> str:
        """Asked once, never repeated: answers the new assistant's id."""
        ...

    async def patch(self, assistant_id: str, fields: Json) -> None:
        """Each field that is sent replaces Vapi's whole; None clears it. Repeated while Vapi is away."""
        ...
