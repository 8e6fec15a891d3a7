"""Whose evidence it is, asked of tenancy once and remembered for as long as it is true."""

from dataclasses import dataclass, replace
from datetime import datetime
from math import inf

from chassis.clock import Clock, system_clock
from chassis.errors import DomainError
from tenancy_client.changes import Changes, Moment
from tenancy_client.client import Outcome, TenancyClient, Whose
from tenancy_client.evidence import Evidence
from tenancy_client.memory import GOOD_FOR, LAST_KNOWN_GOOD_FOR, Memory, is_away

MOST = 100_000
"""Routes that are kept; with their evidence, each takes less than a kilobyte."""

SETTLING = 1.0
"""Seconds that may pass between the instant at which a change counts and its being there to be told of."""

_LONGEST = 200
"""Characters of all the evidence together, beyond which a route is not kept."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Whose the evidence is, and what `Routes.keep` has to know."""

    evidence: Evidence
    whose: Whose
    asked: Moment | None
    """None: it was remembered."""

    @property
    def was_remembered(self) -> bool:
        return self.asked is None


class Routes:
    """Asks tenancy where nothing is remembered. What is to be remembered is said with `keep`."""

    def __init__(
        self, tenancy: TenancyClient, changes: Changes, *, most: int = MOST, clock: Clock = system_clock
    ) -> None:
        self._tenancy = tenancy
        self._clock = clock
        self._changes = changes
        self._memory: Memory[bytes, Whose] = Memory(changes, most=most)

    def __len__(self) -> int:
        return len(self._memory)

    async def whose(self, evidence: Evidence, *, last_known_good: bool = False, anew: bool = False) -> Answer:
        """Whose call it is. Asks within the deadline in scope; `anew` asks whatever is remembered.

        With `last_known_good` a route that was true within the last ten minutes will do where tenancy is away.
        Raises RemoteError, DeadlineTooShort.
        """
        if not anew and (whose := self._recall(evidence, min(GOOD_FOR, self._settled(evidence.at)))):
            return Answer(evidence, whose, asked=None)
        asked = self._changes.moment()
        try:
            return Answer(evidence, await self._tenancy.whose(evidence), asked)
        except DomainError as error:
            if last_known_good and is_away(error) and (whose := self._recall(evidence, LAST_KNOWN_GOOD_FOR)):
                return Answer(evidence, whose, asked=None)
            raise

    def remembers(self, evidence: Evidence) -> bool:
        """Whether `whose` would answer without asking."""
        return self._recall(evidence, min(GOOD_FOR, self._settled(evidence.at))) is not None

    def keep(self, answer: Answer) -> None:
        """Remember an answer, if it names an organization.

        Only what a sender has proved to be entitled to is to be kept: a flood of invented numbers then leaves nothing.
        """
        whose, evidence = answer.whose, answer.evidence
        if answer.asked is None or whose.organization is None or not _is_the_present(whose, evidence.at):
            return
        if whose.outcome not in (Outcome.RESOLVED, Outcome.SUSPENDED) or not _is_short(evidence):
            return
        kept = replace(whose, findings=(), reason="")
        self._memory.keep(evidence.digest, kept, names=_names(whose), asked=answer.asked)

    def _settled(self, began_at: datetime | None) -> float:
        """Seconds for which it has been certain whose a call is that began then.

        What was last known to be true before the call began says nothing of it: its number may just have been moved.
        """
        return inf if began_at is None else (self._clock() - began_at).total_seconds() - SETTLING

    def _recall(self, evidence: Evidence, good_for: float) -> Whose | None:
        whose = self._memory.recall(evidence.digest, good_for=good_for)
        return whose if whose and _is_the_present(whose, evidence.at) else None


def _is_the_present(whose: Whose, at: datetime | None) -> bool:
    """Whether what is the answer now is the answer for a call that began then."""
    return at is None or whose.holds_from is None or at >= whose.holds_from


def _names(whose: Whose) -> set[str]:
    """What the answer is about, as WatchRoutes names it."""
    return {str(whose.organization), *(finding.value for finding in whose.findings)} - {""}


def _is_short(evidence: Evidence) -> bool:
    """Numbers and ids are ASCII; other characters take up to four times the room."""
    return sum(map(len, evidence.pieces)) <= _LONGEST and all(map(str.isascii, evidence.pieces))
