"""Whether an organization's own webhook credentials verify a message, and which of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from chassis.clock import Clock
from chassis.errors import DomainError
from chassis.rpc.client import RpcClient
from chassis.tenant import TenantId, tenant_scope
from gateway.sender.verification import Shown, Verifier, verifier_of
from switchboard.tenancy.v1.webhook_credential_service_pb2 import GetWebhookVerifiersRequest
from switchboard.tenancy.v1.webhook_credential_service_pb2_grpc import WebhookCredentialServiceStub
from tenancy_client import LAST_KNOWN_GOOD_FOR, Changes, Memory, is_away

_MOST = 100_000
"""Organizations whose verifiers are kept."""


@dataclass(frozen=True, slots=True)
class Verification:
    credential_id: str
    """The credential that proves the sender; empty if none does."""
    delivery: str = ""
    """See `Proven.delivery`."""
    is_current: bool = False
    """Whether it is the newest of those that are live; the others are on their way out."""
    was_remembered: bool = False
    """Whether tenancy was not asked anew which credentials there are."""
    is_certain: bool = True
    """False if none of those that can be read proves the sender, and there are others."""


@dataclass(frozen=True, slots=True)
class _Verifiers:
    readable: Sequence[Verifier]
    are_all: bool
    """False if tenancy has others, and not the key to read them."""


class Senders:
    def __init__(self, tenancy: RpcClient, changes: Changes, clock: Clock) -> None:
        self._get_verifiers = tenancy.stub(WebhookCredentialServiceStub).GetWebhookVerifiers
        self._changes = changes
        self._clock = clock
        self._memory: Memory[TenantId, _Verifiers] = Memory(changes, most=_MOST)

    async def verify(
        self, organization: TenantId, shown: Shown, *, last_known_good: bool = False, anew: bool = False
    ) -> Verification:
        """Within the deadline in scope. Raises RemoteError, DeadlineTooShort if that cannot be told.

        See `Routes.whose` for `last_known_good` and `anew`.
        """
        remembered = None if anew else self._memory.recall(organization)
        try:
            verifiers = await self._fetched(organization) if remembered is None else remembered
        except DomainError as error:
            if not (last_known_good and is_away(error)):
                raise
            if (remembered := self._memory.recall(organization, good_for=LAST_KNOWN_GOOD_FOR)) is None:
                raise
            verifiers = remembered
        now = self._clock()
        live = [verifier for verifier in verifiers.readable if verifier.is_live(now)]
        for verifier in live:
            if proven := verifier.proof(shown, now):
                return Verification(
                    verifier.credential_id, proven.delivery, verifier is live[0], remembered is not None
                )
        return Verification("", was_remembered=remembered is not None, is_certain=verifiers.are_all)

    async def _fetched(self, organization: TenantId) -> _Verifiers:
        asked = self._changes.moment()
        with tenant_scope(organization):
            answer = await self._get_verifiers(GetWebhookVerifiersRequest())
        readable = tuple(filter(None, map(verifier_of, answer.verifiers)))
        verifiers = _Verifiers(readable, are_all=not answer.unreadable_credential_ids)
        self._memory.keep(organization, verifiers, names=(str(organization),), asked=asked)
        return verifiers
