"""Verified messages of which nobody knows whose they are: tenancy keeps them, and hands them out when somebody does."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from chassis.deadline import deadline_scope
from chassis.errors import DomainError
from chassis.logs import get_logger
from chassis.repeating import rest
from chassis.rpc.client import RpcClient
from chassis.tenant import TenantId
from gateway.answer.records.flight_recorder import FlightRecorder
from gateway.answer.records.notes import late_note
from gateway.answer.records.recording import RECORDED, Record, Recorder
from gateway.message.evidence import evidence_in
from gateway.message.messages import NotAMessage, read
from gateway.metrics import Metrics
from gateway.sender.tenants import Outcome
from switchboard.tenancy.v1.quarantine_service_pb2 import (
    ClaimQuarantinedMessagesRequest,
    ClaimQuarantinedMessagesResponse,
    FinishQuarantinedMessageRequest,
    QuarantineMessageRequest,
)
from switchboard.tenancy.v1.quarantine_service_pb2_grpc import QuarantineServiceStub
from switchboard.tenancy.v1.tenancy_service_pb2 import ResolveTenantResponse
from tenancy_client import Evidence, TenancyClient

LEASE = 60
"""Seconds for which a line's messages are this process's to deliver."""

EVERY = 30.0
"""Seconds after which is asked for messages even if no change of routes was heard of."""

_SECONDS = 2.0
"""That tenancy may take for an answer."""

_CLAIM_SECONDS = 20.0
"""Likewise for a claim: one that is given up may have been made all the same, and its line waits for the lease."""

_OUTCOMES = {
    Outcome.UNKNOWN: ResolveTenantResponse.UNKNOWN,
    Outcome.CONTRADICTION: ResolveTenantResponse.CONTRADICTION,
}

_Claimed = ClaimQuarantinedMessagesResponse.Claimed
_log = get_logger()


@dataclass(frozen=True, slots=True)
class Stray:
    """A verified message of which nobody knows whose it is."""

    body: bytes
    message_type: str
    call_id: str
    evidence: Evidence
    outcome: Outcome
    received_at: datetime


class Quarantine:
    def __init__(self, tenancy: RpcClient, metrics: Metrics) -> None:
        self._keep = tenancy.stub(QuarantineServiceStub).QuarantineMessage
        self._metrics = metrics

    async def keep(self, message: Stray) -> bool:
        """Whether it is kept now, as far as is known within the deadline in scope.

        Only what tenancy has found to be nobody's is kept; where tenancy is away nothing can be.
        """
        is_kept = message.outcome in _OUTCOMES and await self._try_to_keep(message)
        self._metrics.count_quarantined(message.message_type, is_kept=is_kept)
        return is_kept

    async def _try_to_keep(self, message: Stray) -> bool:
        try:
            await self._keep(_request(message))
        except DomainError as error:
            _log.warning("a message was not kept", kind=error.kind, reason=error.reason)
        except Exception:  # noqa: BLE001  # a call in progress needs an answer, whatever went wrong
            _log.exception("keeping a message failed unexpectedly")
        else:
            return True
        return False


class Redrive:
    """Delivers kept messages, in the order in which each line's came, once their evidence names somebody.

    Only what is recorded is ever handed out: a tool call, or a request, is not carried out late.
    """

    def __init__(self, tenancy: RpcClient, recorder: Recorder, flight: FlightRecorder) -> None:
        self._quarantine = tenancy.stub(QuarantineServiceStub)
        self._tenancy = TenancyClient(tenancy)
        self._recorder = recorder
        self._flight = flight
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Routes have changed: somebody may be known now who was not."""
        self._woken.set()

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            self._woken.clear()
            try:
                await self.deliver_all()
            except DomainError as error:
                _log.warning("kept messages were not delivered", kind=error.kind, reason=error.reason)
            except Exception:  # noqa: BLE001  # without this task nothing is delivered any more
                _log.exception("delivering kept messages failed unexpectedly")
            await rest(EVERY, self._woken)

    async def deliver_all(self) -> None:
        """Line by line, until nothing is due. Raises RemoteError."""
        request = ClaimQuarantinedMessagesRequest(lease_seconds=LEASE)
        while claimed := (await self._quarantine.ClaimQuarantinedMessages(request, timeout=_CLAIM_SECONDS)).claimed:
            with deadline_scope(LEASE - _SECONDS):
                await self._deliver_line(claimed)

    async def _deliver_line(self, claimed: Iterable[_Claimed]) -> None:
        """In order: the first that fails keeps the others waiting, until the lease has run out."""
        for one in claimed:
            try:
                await self._deliver(one)
            except Exception:  # noqa: BLE001  # whatever it is, other lines need not wait for it
                _log.exception("a kept message was not delivered", message_id=one.message.id)
                return

    async def _deliver(self, claimed: _Claimed) -> None:
        message = claimed.message
        organization = await self._organization_of(claimed)
        if organization is not None and not await self._recorded(organization, claimed):
            organization = None
        request = FinishQuarantinedMessageRequest(id=message.id, organization_id=str(organization or ""))
        await self._quarantine.FinishQuarantinedMessage(request, timeout=_SECONDS)

    async def _recorded(self, organization: TenantId, claimed: _Claimed) -> bool:
        """False if there is nothing in it that could be: it must not keep others of its line waiting for ever."""
        record = Record(organization, claimed.message.message_type, claimed.body, was_quarantined=True)
        try:
            await self._recorder.record(record)
        except NotAMessage:
            return False
        self._flight.note(late_note(record, claimed.message.received_at.ToDatetime(UTC)))
        return True

    async def _organization_of(self, claimed: _Claimed) -> TenantId | None:
        """Whose it is, asked of tenancy and not of what is remembered; None if it is nobody's still.

        Of a message that does not say when its call began it is when it came, which by now is not the present.
        """
        if claimed.message.message_type not in RECORDED:
            return None
        try:
            evidence = evidence_in(read(claimed.body))
        except NotAMessage:
            return None
        at = claimed.message.evidence.at.ToDatetime(UTC)
        return (await self._tenancy.whose(replace(evidence, at=at), timeout=_SECONDS)).organization


def _request(message: Stray) -> QuarantineMessageRequest:
    request = QuarantineMessageRequest(
        body=message.body,
        message_type=message.message_type,
        outcome=_OUTCOMES[message.outcome],
        evidence=message.evidence.request(),
        call_id=message.call_id,
        recordable=message.message_type in RECORDED,
    )
    request.received_at.FromDatetime(message.received_at)
    return request
