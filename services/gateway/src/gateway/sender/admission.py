"""Who sent a message, and whose it is, before anything is done with it."""

from dataclasses import dataclass

from chassis.errors import DomainError
from chassis.logs import get_logger
from gateway.message.evidence import evidence_in
from gateway.message.messages import NotAMessage, Received, read
from gateway.metrics import Metrics, VerifiedBy
from gateway.sender.credential_uses import CredentialUses
from gateway.sender.senders import Senders, Verification
from gateway.sender.tenants import Outcome, Resolution, Tenants
from gateway.sender.verification import VAPI_SECRET, PlatformSecrets, Shown
from tenancy_client import Evidence

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
        """What is remembered can prove a sender; only what was asked anew can refuse one."""
        evidence = evidence_in(received)
        for anew in (False, True):
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
        raise Unverified

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
