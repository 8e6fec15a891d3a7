"""Guesses that told nobody anything: after a few, the clinic's staff help instead.

Who calls from a number that proves nothing, and names a patient and a day, may be mistaken or may try day after day.
What misses is counted, and from a limit on even what is true is not answered there any more. Who calls from the number
that an appointment was booked from is never stopped.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256

from booking.domain.people.contacts import Contact, name_key
from booking.domain.ports import Unit

WINDOW = timedelta(hours=24)
MOST_OF_A_CALL = 5
"""Different guesses that may miss in one call or chat;"""
MOST_OF_A_NUMBER = 10
"""from one number, within the window, whichever names are guessed;"""
MOST_OF_A_NAME = 10
"""of one name, within the window, whoever guesses: numbers can be withheld, and calls begun again."""


@dataclass(frozen=True, slots=True)
class Guess:
    """A patient's name and a day, from a caller whose number does not prove them."""

    name_key: str
    day: date
    caller_number: str | None
    conversation_id: str | None

    async def is_one_too_many(self, unit: Unit, now: datetime) -> bool:
        """Nobody else guesses for the same call, number or name until the transaction ends."""
        limits = self._limits()
        missed = await unit.missed(sorted(limits), since=now - WINDOW)
        return any(missed.get(subject, 0) >= most for subject, most in limits.items())

    async def miss(self, unit: Unit, now: datetime) -> None:
        """The same guess again is the same miss."""
        guess = _name(self.name_key) + self.day.isoformat().encode()
        await unit.record_miss(sorted(self._limits()), guess, now, forget_before=now - WINDOW)

    def _limits(self) -> Mapping[bytes, int]:
        limits = {_name(self.name_key): MOST_OF_A_NAME}
        if self.caller_number is not None:
            limits[_number(self.caller_number)] = MOST_OF_A_NUMBER
        if self.conversation_id is not None:
            limits[_digest("call", self.conversation_id)] = MOST_OF_A_CALL
        return limits


def digests_of(contact: Contact) -> list[bytes]:
    """What tells of a person in what was missed."""
    return [_name(name_key(contact.name)), *([] if contact.phone is None else [_number(contact.phone)])]


def _name(key: str) -> bytes:
    return _digest("name", key)


def _number(number: str) -> bytes:
    return _digest("number", number)


def _digest(kind: str, value: str) -> bytes:
    return sha256(f"{kind}\0{value}".encode()).digest()
