"""What a call came to: one thing, whatever happened in it."""

import re
from dataclasses import dataclass
from enum import StrEnum

from booking.domain.calls.call import Direction


class CallOutcome(StrEnum):
    """In the order in which the first one that fits is a call's."""

    BOOKED = "booked"
    """An appointment was made in it."""
    RESCHEDULED = "rescheduled"
    CANCELLED = "cancelled"
    TRANSFERRED = "transferred"
    """Somebody else took over."""
    VOICEMAIL = "voicemail"
    NO_ANSWER = "no_answer"
    FAILED = "failed"
    """It broke off for a technical reason."""
    OPEN = "open"
    """It is not known to have ended."""
    INFORMATION = "information"
    """People talked to the assistant, and nothing of the above came of it."""


class Caller(StrEnum):
    """Who the other end was to the clinic when the call began."""

    KNOWN = "known"
    """The number was a contact's."""
    NEW = "new"
    UNKNOWN = "unknown"
    """No number was told, or whoever it was has been erased."""


ASKING_FOR_A_TIME = frozenset({"checkAvailability", "holdSlot", "bookClinicAppointment"})
"""Tools by which a caller asks for an appointment."""

_OF_REASON = (
    (CallOutcome.TRANSFERRED, re.compile(r"forwarded-call|executed-transfer|returned-forwarding")),
    (CallOutcome.VOICEMAIL, re.compile(r"voicemail")),
    (
        CallOutcome.NO_ANSWER,
        re.compile(r"did-not-answer|customer-busy|before-call-connect|microphone-permission|canceled"),
    ),
    (
        CallOutcome.FAILED,
        re.compile(
            r"error|fail|(vapi|provider)fault|invalid|unauthorized|forbidden|rejected|shutdown|disconnected|unknown"
            r"|closed-websocket|no-server-available|returned-no-assistant|join-timed-out|not-(found|valid|provided)"
        ),
    ),
)
"""Vapi has hundreds of words for why a call ended, and more each month: they tell it by their parts."""


@dataclass(frozen=True, slots=True)
class CallKind:
    """All that the outcome depends on, and what calls are counted by besides."""

    direction: Direction | None = None
    ended_reason: str | None = None
    caller: Caller = Caller.UNKNOWN
    has_begun: bool = False
    """Whether it is known that somebody, or something, answered."""
    has_ended: bool = False
    reported: bool = False
    """Whether its report is here."""
    asked: bool = False
    """Whether somebody asked for a time."""
    booked: bool = False
    moved: bool = False
    cancelled: bool = False

    @property
    def outcome(self) -> CallOutcome:
        if self.booked:
            return CallOutcome.BOOKED
        if self.moved:
            return CallOutcome.RESCHEDULED
        if self.cancelled:
            return CallOutcome.CANCELLED
        if (told := outcome_of_reason(self.ended_reason)) is not None:
            return told
        if not self.has_ended:
            return CallOutcome.OPEN
        return CallOutcome.INFORMATION if self.has_begun else CallOutcome.NO_ANSWER

    @property
    def answered(self) -> bool:
        """Whether a person and the assistant were on the line."""
        if self.outcome in _DONE:
            return True
        return self.has_begun and self.outcome not in _NOBODY


_DONE = frozenset({CallOutcome.BOOKED, CallOutcome.RESCHEDULED, CallOutcome.CANCELLED, CallOutcome.TRANSFERRED})
_NOBODY = frozenset({CallOutcome.VOICEMAIL, CallOutcome.NO_ANSWER})


def outcome_of_reason(ended_reason: str | None) -> CallOutcome | None:
    """What Vapi's word alone says; None if it says nothing of the kind."""
    word = (ended_reason or "").lower()
    return next((outcome for outcome, told in _OF_REASON if told.search(word)), None)
