"""Whose call is it: evidence, not guesses.

The line's number, Vapi's id of it and the assistant's id each name an organization or nobody; naming nobody is no
evidence. Metadata is a claim of whoever set the call up: it can contradict what the ids name, and it decides alone only
where there is no number. Whatever disagrees is refused; nothing is resolved by preference and there is no default.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from tenancy.domain.errors import MalformedPhoneNumber
from tenancy.domain.numbers.phone_numbers import normalise
from tenancy.domain.organizations.organization import OrganizationStatus
from tenancy.domain.text import uuid_of

_MOST_TOLD = 8
"""Pieces of evidence that a reason tells of: a message has seldom more, a forged one may have thousands."""


class Source(StrEnum):
    CALLED_NUMBER = "called_number"
    PHONE_NUMBER_ID = "phone_number_id"
    ASSISTANT_ID = "assistant_id"
    METADATA = "metadata"


class Verdict(StrEnum):
    NAMES_ORGANIZATION = "names_organization"
    NAMES_NOBODY = "names_nobody"
    MALFORMED = "malformed"


class Outcome(StrEnum):
    RESOLVED = "resolved"
    CONTRADICTION = "contradiction"
    UNKNOWN = "unknown"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that a message says about whose it is.

    The value is in its one spelling (E.164, lower-case UUID); None if it could not be read.
    """

    source: Source
    value: str | None


@dataclass(frozen=True, slots=True)
class Owner:
    """An organization that evidence names."""

    organization_id: UUID
    status: OrganizationStatus
    rate_limit_per_minute: int | None = None
    """None: what the deployment allows all."""


@dataclass(frozen=True, slots=True)
class Route:
    """Whom a piece of evidence names, and since when, if it ever named somebody else, or nobody."""

    owner: Owner | None
    changed_at: datetime | None = None


NOWHERE = Route(None)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one piece of evidence says."""

    evidence: Evidence
    route: Route

    @property
    def owner(self) -> Owner | None:
        return self.route.owner

    @property
    def verdict(self) -> Verdict:
        if self.owner is not None:
            return Verdict.NAMES_ORGANIZATION
        return Verdict.MALFORMED if self.evidence.value is None else Verdict.NAMES_NOBODY


@dataclass(frozen=True, slots=True)
class Resolution:
    """The owner is known if, and only if, the outcome is RESOLVED or SUSPENDED."""

    outcome: Outcome
    owner: Owner | None
    findings: Sequence[Finding]

    @property
    def holds_from(self) -> datetime | None:
        """Since when the answer has been what it is now, whenever a call began; None if it always was."""
        return max((finding.route.changed_at for finding in self.findings if finding.route.changed_at), default=None)

    @property
    def reason(self) -> str:
        """One line for people: which evidence names whom."""
        told = [_sentence(finding) for finding in self.findings[:_MOST_TOLD]]
        if untold := len(self.findings) - len(told):
            told.append(f"and {untold} more")
        return "; ".join(told) or "there is no evidence"


def read(source: Source, text: str) -> Evidence:
    """Evidence in its one spelling. What cannot be read is evidence that names nobody, never an error."""
    if source is not Source.CALLED_NUMBER:
        value = uuid_of(text)
        return Evidence(source, None if value is None else str(value))
    try:
        return Evidence(source, normalise(text))
    except MalformedPhoneNumber:
        return Evidence(source, None)


def weigh(findings: Sequence[Finding]) -> Resolution:
    """The rule itself."""
    outcome, owner = _judge(findings)
    return Resolution(outcome, owner, findings)


def _judge(findings: Sequence[Finding]) -> tuple[Outcome, Owner | None]:
    named = {finding.owner for finding in findings if not _is_claim(finding) and finding.owner}
    # None stands for a claim that names nobody: it differs from every organization.
    claimed = {finding.owner for finding in findings if _is_claim(finding)}
    if not named and any(finding.evidence.source is Source.CALLED_NUMBER for finding in findings):
        return Outcome.UNKNOWN, None
    if len(named | claimed) > 1:
        return Outcome.CONTRADICTION, None
    owner = next(iter(named | claimed), None)
    if owner is None:
        return Outcome.UNKNOWN, None
    if owner.status is OrganizationStatus.ACTIVE:
        return Outcome.RESOLVED, owner
    # A claim is believed for an active organization only; ids resolve a suspended one, with its status.
    return (Outcome.SUSPENDED, owner) if named else (Outcome.UNKNOWN, None)


def _sentence(finding: Finding) -> str:
    source = finding.evidence.source
    if finding.owner is not None:
        suspended = ", which is suspended" if finding.owner.status is OrganizationStatus.SUSPENDED else ""
        return f"{source} names {finding.owner.organization_id}{suspended}"
    return f"{source} is malformed" if finding.verdict is Verdict.MALFORMED else f"{source} names nobody"


def _is_claim(finding: Finding) -> bool:
    return finding.evidence.source is Source.METADATA
