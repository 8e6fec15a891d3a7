"""How often each webhook credential verified a message, told to tenancy every few seconds."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from chassis.clock import Clock
from chassis.errors import DomainError
from chassis.logs import get_logger
from chassis.rpc.client import RpcClient
from chassis.tenant import TenantId
from switchboard.tenancy.v1.webhook_credential_service_pb2 import RecordWebhookCredentialUsesRequest
from switchboard.tenancy.v1.webhook_credential_service_pb2_grpc import WebhookCredentialServiceStub

EVERY = 5.0
"""Seconds between two reports."""

_SECONDS = 2.0
"""That tenancy may take to note a report."""

_log = get_logger()


@dataclass(slots=True)
class _Use:
    count: int
    last_used_at: datetime


class CredentialUses:
    """Counts in memory; what could not be told is told with the next report."""

    def __init__(self, tenancy: RpcClient, clock: Clock) -> None:
        self._record = tenancy.stub(WebhookCredentialServiceStub).RecordWebhookCredentialUses
        self._clock = clock
        self._uses: dict[tuple[TenantId, str], _Use] = {}

    def count(self, organization: TenantId, credential_id: str, times: int = 1) -> None:
        self._add(organization, credential_id, _Use(times, self._clock()))

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            await asyncio.sleep(EVERY)
            await self.report()

    async def report(self) -> None:
        """Tell tenancy what was counted since the last report. Raises nothing that tenancy does."""
        if not self._uses:
            return
        uses, self._uses = self._uses, {}
        try:
            await self._record(_request(uses), timeout=_SECONDS)
        except DomainError as error:
            _log.warning("uses of credentials were not noted yet", kind=error.kind, reason=error.reason)
            self._put_back(uses)
        except BaseException:
            self._put_back(uses)
            raise

    def _put_back(self, uses: dict[tuple[TenantId, str], _Use]) -> None:
        for (organization, credential_id), use in uses.items():
            self._add(organization, credential_id, use)

    def _add(self, organization: TenantId, credential_id: str, use: _Use) -> None:
        known = self._uses.setdefault((organization, credential_id), _Use(0, use.last_used_at))
        known.count += use.count
        known.last_used_at = max(known.last_used_at, use.last_used_at)


def _request(uses: dict[tuple[TenantId, str], _Use]) -> RecordWebhookCredentialUsesRequest:
    request = RecordWebhookCredentialUsesRequest()
    for (organization, credential_id), use in uses.items():
        one = request.uses.add(organization_id=str(organization), credential_id=credential_id, count=use.count)
        one.last_used_at.FromDatetime(use.last_used_at)
    return request
