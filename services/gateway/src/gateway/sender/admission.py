"""Who sent a message, and whose it is, before anything is done with it."""

from dataclasses import dataclass

from chassis.errors import DomainError
from chassis.logs import get_logger
from gateway.limits.turns import NoTurn, Turns
from gateway.message.evidence import evidence_in
from gateway.message.messages import NotAMessage, Received, read
from gateway.metrics import Metrics, VerifiedBy
from gateway.sender.credential_uses import CredentialUses
from gateway.sender.senders import Senders, Verification
from gateway.sender.tenants import Outcome, Resolution, Tenants
from gateway.sender.verification import VAPI_SECRET, PlatformSecrets, Shown
from tenancy_client import Evidence

UNPROVEN_AT_ONCE = 16
"""Senders of whom nothing is remembered, for whom tenancy is asked at once."""

UNPROVEN_WAITING = 64
"""That may wait for it; whoever comes then is told that the sender cannot be checked."""

UNPROVEN_SECONDS = 1.0
"""That they wait at most."""

_log = get_logger()


class Unverified(Exception):
    """Nothing proves who sent the message. Whoever sent it learns no more than that."""


class Unverifiable(Exception):
    """Tenancy is away, or cannot read a credential, so that it cannot be told who sent the message."""

    def __init__(self, received: Received) -> None:
        super().__init__()
        self.received = received


@dataclass(frozen=True, slots=True)
class Admitted:
    """A verified message, and whose it is."""

    received: Received
    evidence: Evidence
    resolution: Resolution
    verified_by: VerifiedBy
    delivery: str = ""
    """See `Proven.delivery`."""


class Admission:
    def __init__(
        self, *, platform: PlatformSecrets, tenants: Tenants, senders: Senders, uses: CredentialUses, metrics: Metrics
    ) -> None:
        self._platform = platform
        self._tenants = tenants
        self._senders = senders
        self._uses = uses
        self._metrics = metrics
        self._unproven = Turns(at_once=UNPROVEN_AT_ONCE, waiting=UNPROVEN_WAITING, seconds=UNPROVEN_SECONDS)

    async def admit(self, shown: Shown) -> Admitted:
        """Within the deadline in scope. Raises Unverified, Unverifiable; NotAMessage only to a verified sender.

        The platform's secret proves a sender whatever the body says. Otherwise the body has to be read to know whose
        credentials count. It is read once: only what is declared in `messages` is decoded, and arguments stay raw.
        """
        if (which := self._platform.which(shown.header(VAPI_SECRET))) is not None:
            verified_by = VerifiedBy.PLATFORM if which == 0 else VerifiedBy.PLATFORM_FORMER
            self._metrics.count_verified(verified_by)
            return await self._admit_platforms(read(shown.body), verified_by)
        try:
            received = read(shown.body)
        except NotAMessage:
            raise Unverified from None
        return await self._admit_organizations(received, shown)

    async def _admit_platforms(self, received: Received, verified_by: VerifiedBy) -> Admitted:
        evidence = evidence_in(received)
        resolution = await self._tenants.resolve(evidence, last_known_good=_can_use_last_known_good(received))
        self._tenants.keep(resolution)
        return Admitted(received, evidence, resolution, verified_by)

    async def _admit_organizations(self, received: Received, shown: Shown) -> Admitted:
        """What is remembered can prove a sender; only what was asked anew can refuse one.

        Whoever has proved nothing waits for a turn to have tenancy asked: a flood costs it no more than those.
        """
        evidence = evidence_in(received)
        is_remembered = self._tenants.remembers(evidence)
        if is_remembered and (admitted := await self._ask(received, evidence, shown)):
            return admitted
        try:
            async with self._unproven.turn():
                admitted = None if is_remembered else await self._ask(received, evidence, shown)
                return admitted or await self._ask_anew(received, evidence, shown)
        except NoTurn:
            raise Unverifiable(received) from None

    async def _ask_anew(self, received: Received, evidence: Evidence, shown: Shown) -> Admitted:
        """Raises Unverified, Unverifiable."""
        if (admitted := await self._ask(received, evidence, shown, anew=True)) is None:
            raise Unverified
        return admitted

    async def _ask(
        self, received: Received, evidence: Evidence, shown: Shown, *, anew: bool = False
    ) -> Admitted | None:
        """None for whom something that is only remembered does not prove. Raises Unverified, Unverifiable."""
        last_known_good = not anew and _can_use_last_known_good(received)
        resolution = await self._tenants.resolve(evidence, last_known_good=last_known_good, anew=anew)
        if resolution.outcome is Outcome.UNAVAILABLE:
            raise Unverifiable(received)
        verification = await self._verify(resolution, shown, last_known_good=last_known_good, anew=anew)
        if verification is None:
            raise Unverifiable(received)
        if verification.credential_id:
            verified_by = self._note_verified(resolution, verification)
            return Admitted(received, evidence, resolution, verified_by, verification.delivery)
        if not (resolution.was_remembered or verification.was_remembered):
            raise Unverified if verification.is_certain else Unverifiable(received)
        return None

    async def _verify(
        self, resolution: Resolution, shown: Shown, *, last_known_good: bool, anew: bool
    ) -> Verification | None:
        """None if tenancy could not be asked."""
        if resolution.organization is None:
            return Verification("")
        try:
            return await self._senders.verify(
                resolution.organization, shown, last_known_good=last_known_good, anew=anew
            )
        except DomainError as error:
            _log.warning("webhook credentials could not be asked for", kind=error.kind, reason=error.reason)
        except Exception:  # noqa: BLE001  # a call in progress needs an answer, whatever went wrong
            _log.exception("verifying a sender failed unexpectedly")
        return None

    def _note_verified(self, resolution: Resolution, verification: Verification) -> VerifiedBy:
        self._tenants.keep(resolution)
        verified_by = VerifiedBy.CURRENT if verification.is_current else VerifiedBy.FORMER
        self._metrics.count_verified(verified_by)
        if resolution.organization is not None:
            self._uses.count(resolution.organization, verification.credential_id)
        return verified_by


def _can_use_last_known_good(received: Received) -> bool:
    """Which assistant answers is asked once, at the start of a call, and there is no later try."""
    return bool(received.message.type == "assistant-request")
