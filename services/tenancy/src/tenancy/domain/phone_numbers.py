"""Phone numbers: one spelling for each, one organization at a time."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import unquote
from uuid import UUID

import phonenumbers

from chassis.tenant import TenantId
from tenancy.domain.errors import MalformedPhoneNumber, MalformedPhoneNumberId
from tenancy.domain.text import label, uuid_of

_SIP = re.compile(r"sips?:(?P<user>[^@;:]+)(?:[;:][^@]*)?@.+", re.IGNORECASE)
_TEL = re.compile(r"tel:(?P<number>[^;]+)(?:;.*)?", re.IGNORECASE)
# With its country code: without one, the same digits are a different line in every country.
_WITH_COUNTRY_CODE = re.compile(r"\+[\d\s().\-/\u2010-\u2015]+")


@dataclass(frozen=True, slots=True)
class Line:
    """What an organization says about one of its lines. The number is E.164."""

    number: str
    clinic_name: str
    vapi_phone_number_id: UUID | None


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """A line that an organization holds now."""

    id: UUID
    line: Line


class PhoneNumbers(Protocol):
    """Where numbers are kept."""

    async def map(self, tenant: TenantId, line: Line) -> PhoneNumber:
        """Raises PhoneNumberTaken, OrganizationNotFound."""

    async def list(self, tenant: TenantId) -> Sequence[PhoneNumber]:
        """The tenant's present numbers, oldest first."""


async def map_phone_number(
    numbers: PhoneNumbers, tenant: TenantId, *, number: str, clinic_name: str, vapi_phone_number_id: str
) -> PhoneNumber:
    """Give a number to the organization, or say anew what its own number is called.

    Raises MalformedPhoneNumber, MalformedPhoneNumberId, PhoneNumberTaken, OrganizationNotFound.
    """
    vapi_id = uuid_of(vapi_phone_number_id)
    if vapi_phone_number_id and vapi_id is None:
        raise MalformedPhoneNumberId
    return await numbers.map(tenant, Line(normalise(number), label(clinic_name), vapi_id))


def normalise(text: str) -> str:
    """The number in E.164: from any spelling with its country code, a `tel:` URI, or a SIP URI whose user is one.

    It needs only be possible, not valid: test lines are not assigned to anybody. Raises MalformedPhoneNumber.
    """
    spelling = _number_in(text.strip())
    if not _WITH_COUNTRY_CODE.fullmatch(spelling):
        raise MalformedPhoneNumber
    try:
        number = phonenumbers.parse(spelling)
    except phonenumbers.NumberParseException:
        raise MalformedPhoneNumber from None
    if not phonenumbers.is_possible_number(number):
        raise MalformedPhoneNumber
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _number_in(text: str) -> str:
    if match := _SIP.fullmatch(text):
        return unquote(match["user"])
    if match := _TEL.fullmatch(text):
        return match["number"]
    return text
