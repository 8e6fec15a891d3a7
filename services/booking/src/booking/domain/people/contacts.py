"""The people an organization knows."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from uuid import UUID

import phonenumbers

from booking.domain.errors import ArgumentNotUnderstood
from booking.domain.schedule.local_time import country

LONGEST = 200
"""Characters of a name or an address."""
_NO_WORDS = frozenset({"null", "none", "undefined", "unknown"})
_NO_ANSWERS = frozenset(
    {"n a", "not provided", "not given", "not specified", "not available", "not known", "not applicable", "anonymous"}
    | {"name", "full name", "first name last name", "no name", "patient", "patient name", "the patient", "patientname"}
    | {"caller", "the caller", "caller name", "unknown caller", "unknown patient", "unknown name", "customer"}
)
"""What models fill in for what nobody told them."""
_WITHHELD = frozenset({"+86282452253"})
"""`Unavailable` on a telephone's keys, as some carriers write it; other such words are too short for a number."""
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class Source(Enum):
    """Where a contact's number comes from, which decides what its callers hear."""

    STAFF = "staff"
    """They answer for it: whatever is theirs is told to callers of that number."""
    CALL = "call"
    """The call came from it: its callers hear the name, and what is booked from it."""
    HEARSAY = "hearsay"
    """A caller from elsewhere told it: its callers hear of nothing."""


@dataclass(frozen=True, slots=True)
class Patient:
    """Who an appointment is for: one contact per number and name, else per e-mail and name.

    Several patients may share a number (a mother and her children). Who was known by a number alone, and by an address
    alone, is one as soon as both are told together.
    """

    name: str
    phone: str | None
    email: str | None
    phone_source: Source = Source.STAFF

    @property
    def name_key(self) -> str:
        return name_key(self.name)


@dataclass(frozen=True, slots=True)
class KnownContact:
    """Somebody the organization knows, as far as a caller from their own number may hear of them."""

    id: UUID
    name: str
    email: str | None


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody the organization knows, as its staff see them."""

    id: UUID
    name: str
    phone: str | None
    """E.164."""
    email: str | None
    created_at: datetime
    updated_at: datetime
    phone_is_theirs: bool = True
    """Staff entered the number, or the contact was made in a call from it; not if a caller added it."""


@dataclass(frozen=True, slots=True)
class ContactSearch:
    """Whoever has a part of their name, or a number or an address, that is this."""

    name_part: str
    """Of a name's key."""
    phone: str | None
    email: str | None


@dataclass(frozen=True, slots=True)
class Told:
    """What was told of a patient in a call, and the numbers the call itself has; each may be empty."""

    name: str
    phone: str
    email: str
    caller_number: str
    called_number: str


def name_key(name: str) -> str:
    """Equal for names that differ in case, accents' encoding or spacing only."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def search_for(text: str) -> ContactSearch | None:
    """None if nobody in particular is searched for."""
    clean = single_line(text)
    return ContactSearch(name_key(clean), e164(clean), address(clean)) if clean else None


def patient(told: Told, timezone: str) -> Patient:
    """The patient; without a number of their own it is the number they call from. `timezone` is the clinic's.

    Raises ArgumentNotUnderstood for a name, number or address that has to be asked for again.
    """
    clean = single_line(told.name)
    if not has_letters(clean) or len(clean) > LONGEST or says_nothing(clean):
        raise ArgumentNotUnderstood("patientName")
    email = address(told.email)
    if email is None and not says_nothing(told.email):
        raise ArgumentNotUnderstood("patientEmail")
    caller = e164(told.caller_number)
    number = _number(told, caller, timezone, needed=email is None)
    return Patient(clean, number, email, Source.CALL if number == caller else Source.HEARSAY)


def _number(told: Told, caller: str | None, timezone: str, *, needed: bool) -> str | None:
    """A number that cannot be read is asked for again, unless there is another way to reach the patient."""
    if says_nothing(told.phone):
        return caller
    clinics = e164(told.called_number)
    # Without a country code it is a number of the caller's own country, else of the clinic's.
    number = e164(told.phone, region_of(caller) or region_of(clinics) or country(timezone))
    if number in (None, clinics):
        if needed:
            raise ArgumentNotUnderstood("patientPhone")
        return None
    return number


def calling_number(caller: str, called: str) -> str | None:
    """The number somebody really calls from; None if it is withheld, or the clinic's own (a call passed on)."""
    number = e164(caller)
    return None if number in _WITHHELD or number == e164(called) else number


def region_of(number: str | None) -> str | None:
    """The country that a number's country code tells; to tell more it would have to be valid, not only possible."""
    if number is None:
        return None
    country_code = phonenumbers.parse(number).country_code
    return phonenumbers.region_code_for_country_code(country_code) if country_code else None


def e164(text: str, region: str | None = None) -> str | None:
    """The number as E.164; None if it cannot be one. `region`: whose it is if it has no country code."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    # Possible within a town alone, as `555-1234`, is not enough to call it from anywhere.
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def address(text: str) -> str | None:
    """The e-mail address in its one spelling; None if it cannot be one."""
    clean = single_line(text).casefold()
    return clean if _ADDRESS.fullmatch(clean) and len(clean) <= LONGEST else None


def says_nothing(text: str) -> bool:
    """Whether it is what models write where they were told nothing: `unknown`, `N/A`, `{{customer.name}}`."""
    clean = single_line(text)
    words = re.findall(r"[^\W_]+", name_key(clean))
    return not clean or "{{" in clean or " ".join(words) in _NO_ANSWERS or (bool(words) and set(words) <= _NO_WORDS)


def has_letters(name: str) -> bool:
    return any(character.isalpha() for character in name)


def single_line(text: str) -> str:
    """Without control characters, which neither speech nor PostgreSQL can carry."""
    return " ".join("".join(c if unicodedata.category(c)[0] != "C" else " " for c in text).split())
