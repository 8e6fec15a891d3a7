"""Whose message it is: what tenancy answers to its evidence, as far as it is not remembered."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from chassis.errors import DomainError, Kind
from chassis.logs import get_logger
from chassis.tenant import TenantId
from gateway.metrics import Metrics
from gateway.speech import (
    CALLER_HEARS_LINE_NOT_KNOWN,
    CALLER_HEARS_SUSPENDED,
    CALLER_HEARS_UNAVAILABLE,
    LINE_NOT_KNOWN,
    SENTENCES,
    SUSPENDED,
)
from tenancy_client import Answer, Evidence, Routes

_log = get_logger()


class Outcome(StrEnum):
    RESOLVED = "resolved"
    CONTRADICTION = "contradiction"
    UNKNOWN = "unknown"
    SUSPENDED = "suspended"
    UNAVAILABLE = "unavailable"
    """Tenancy could not be asked; nothing is known about the message."""


SENTENCE_WITHOUT_TENANT: Mapping[Outcome, str] = MappingProxyType(
    {
        Outcome.CONTRADICTION: LINE_NOT_KNOWN,
        Outcome.UNKNOWN: LINE_NOT_KNOWN,
        Outcome.SUSPENDED: SUSPENDED,
        Outcome.UNAVAILABLE: SENTENCES[Kind.UNAVAILABLE],
    }
)
"""What an assistant is told when nothing may be done for anybody. A contradiction sounds like an unknown line."""

CALLER_HEARS_WITHOUT_TENANT: Mapping[Outcome, str] = MappingProxyType(
    {
        Outcome.CONTRADICTION: CALLER_HEARS_LINE_NOT_KNOWN,
        Outcome.UNKNOWN: CALLER_HEARS_LINE_NOT_KNOWN,
        Outcome.SUSPENDED: CALLER_HEARS_SUSPENDED,
        Outcome.UNAVAILABLE: CALLER_HEARS_UNAVAILABLE,
    }
)
"""The same for the caller's own ears: no assistant stands between, so nothing in it may be an instruction to one."""


@dataclass(frozen=True, slots=True)
class Resolution:
    outcome: Outcome
    organization: TenantId | None = None
    """Whose message it is; may be acted for only if the outcome is RESOLVED."""
    decided_by: tuple[str, ...] = ()
    """The kinds of evidence that named the organization."""
    answer: Answer | None = None
    """Tenancy's, to be kept once the sender is verified; None if it could not be asked."""

    @property
    def was_remembered(self) -> bool:
        return self.answer is not None and self.answer.was_remembered

    @property
    def rate_limit(self) -> int | None:
        """What the organization may ask for in a minute; None: what the deployment allows all."""
        return None if self.answer is None else self.answer.whose.rate_limit_per_minute


class Tenants:
    def __init__(self, routes: Routes, metrics: Metrics) -> None:
        self._routes = routes
        self._metrics = metrics

    async def resolve(self, evidence: Evidence, *, last_known_good: bool = False, anew: bool = False) -> Resolution:
        """Recall, or ask tenancy within the deadline in scope. Whatever fails is the outcome UNAVAILABLE.

        See `Routes.whose` for `last_known_good` and `anew`.
        """
        try:
            answer = await self._routes.whose(evidence, last_known_good=last_known_good, anew=anew)
        except DomainError as error:
            _log.warning("tenancy did not answer", kind=error.kind, reason=error.reason)
        except Exception:  # noqa: BLE001  # a call in progress needs an answer, whatever went wrong
            _log.exception("resolving a tenant failed unexpectedly")
        else:
            self._metrics.count_look_up(was_remembered=answer.was_remembered)
            return _resolution(answer)
        return Resolution(Outcome.UNAVAILABLE)

    def remembers(self, evidence: Evidence) -> bool:
        """Whether it can be told without asking tenancy."""
        return self._routes.remembers(evidence)

    def keep(self, resolution: Resolution) -> None:
        """Remember it: to be said of verified messages alone."""
        if resolution.answer is not None:
            self._routes.keep(resolution.answer)


def _resolution(answer: Answer) -> Resolution:
    whose = answer.whose
    return Resolution(Outcome(whose.outcome), whose.organization, whose.decided_by, answer)
