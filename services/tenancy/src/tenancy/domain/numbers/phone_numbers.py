"""Phone numbers: one spelling for each, one organization at a time."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict
from urllib.parse import unquote
from uuid import UUID

import phonenumbers

from tenancy.domain.errors import MalformedPhoneNumber, MalformedPhoneNumberId
from tenancy.domain.text import label, uuid_of

_SIP = re.compile(r"sips?:(?P<user>[^@;:]+)(?:[;:][^@]*)?@.+", re.IGNORECASE)
_NAMED = re.compile(r"[^<>]*<(?P<uri>sips?:[^<>]+)>[^<>]*", re.IGNORECASE)  # RFC 3261, 20.10: name-addr
_TEL = re.compile(r"tel:(?P<number>[^;]+)(?:;.*)?", re.IGNORECASE)
# With its country code: without one, the same digits are a different line in every country.
_WITH_COUNTRY_CODE = re.compile(r"\+[\d\s().\-/\u2010-\u2015]+")


class Description(TypedDict, total=False):
    """What is said of a number; what is left out stays as it is."""

    clinic_name: str
    vapi_phone_number_id: UUID | None


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """A number that an organization holds or held, in E.164.

    `held_from` is None for its first owner, who always has; `held_until` is None for who holds it now.
    """

    id: UUID
    number: str
    clinic_name: str
    vapi_phone_number_id: UUID | None
    held_from: datetime | None = None
    held_until: datetime | None = None


def description_of(*, clinic_name: str | None, vapi_phone_number_id: str | None) -> Description:
    """What is None is left out; an empty id of Vapi's is one to forget. Raises MalformedPhoneNumberId."""
    description: Description = {}
    if clinic_name is not None:
        description["clinic_name"] = label(clinic_name)
    if vapi_phone_number_id is not None:
        vapi_id = uuid_of(vapi_phone_number_id)
        if vapi_phone_number_id and vapi_id is None:
            raise MalformedPhoneNumberId
        description["vapi_phone_number_id"] = vapi_id
    return description


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
    if match := _NAMED.fullmatch(text):
        text = match["uri"]
    if match := _SIP.fullmatch(text):
        return unquote(match["user"])
    if match := _TEL.fullmatch(text):
        return match["number"]
    return text
