"""Page tokens: where a list goes on, opaque to those who carry them."""

import base64
import binascii
from uuid import UUID

from tenancy.domain.errors import MalformedPageToken

_GREATEST_NUMBER = 2**63 - 1


def page_begins_after(token: str) -> UUID | None:
    """The id after which the asked page begins; None for the first. Raises MalformedPageToken."""
    if not token:
        return None
    try:
        return UUID(bytes=base64.b64decode(token, altchars=b"-_", validate=True))
    except (ValueError, binascii.Error):
        raise MalformedPageToken from None


def page_token(after: UUID) -> str:
    return base64.urlsafe_b64encode(after.bytes).decode()


def number_in(token: str) -> int | None:
    """The number before or after which the asked page begins; None for the first. Raises MalformedPageToken."""
    place = page_begins_after(token)
    if place is None:
        return None
    if place.int > _GREATEST_NUMBER:
        raise MalformedPageToken
    return place.int


def number_token(number: int) -> str:
    return page_token(UUID(int=number))
