"""Messages of which nobody knows whose they are."""

from chassis.rpc.interceptors import Context
from switchboard.tenancy.v1 import quarantine_service_pb2 as quarantine_pb2
from switchboard.tenancy.v1.quarantine_service_pb2_grpc import QuarantineServiceServicer
from tenancy.domain.ports import Directory, Quarantine
from tenancy.domain.quarantine.quarantine_message import quarantine_message
from tenancy.domain.quarantine.release_from_quarantine import claim_quarantined_messages, finish_quarantined_message
from tenancy.domain.quarantine.review_quarantine import list_quarantined_messages, read_quarantined_message
from tenancy.rpc.convert import quarantine as convert
from tenancy.rpc.convert.paging import number_in


class QuarantineServicer(QuarantineServiceServicer):
    def __init__(self, quarantine: Quarantine, directory: Directory) -> None:
        self._quarantine = quarantine
        self._directory = directory

    async def QuarantineMessage(
        self, request: quarantine_pb2.QuarantineMessageRequest, context: Context
    ) -> quarantine_pb2.QuarantineMessageResponse:
        kept = await quarantine_message(self._quarantine, self._directory, convert.arrival(request))
        return quarantine_pb2.QuarantineMessageResponse(id=str(kept))

    async def ListQuarantinedMessages(
        self, request: quarantine_pb2.ListQuarantinedMessagesRequest, context: Context
    ) -> quarantine_pb2.ListQuarantinedMessagesResponse:
        after = number_in(request.page_token)
        page = await list_quarantined_messages(self._quarantine, after=after, page_size=request.page_size)
        return convert.page(page)

    async def ReadQuarantinedMessage(
        self, request: quarantine_pb2.ReadQuarantinedMessageRequest, context: Context
    ) -> quarantine_pb2.ReadQuarantinedMessageResponse:
        unsealed = await read_quarantined_message(self._quarantine, request.id)
        return quarantine_pb2.ReadQuarantinedMessageResponse(
            message=convert.message(unsealed.message), body=unsealed.body
        )

    async def ClaimQuarantinedMessages(
        self, request: quarantine_pb2.ClaimQuarantinedMessagesRequest, context: Context
    ) -> quarantine_pb2.ClaimQuarantinedMessagesResponse:
        claimed = await claim_quarantined_messages(
            self._quarantine, lease_seconds=request.lease_seconds, limit=request.limit
        )
        return quarantine_pb2.ClaimQuarantinedMessagesResponse(claimed=[convert.claimed(one) for one in claimed])

    async def FinishQuarantinedMessage(
        self, request: quarantine_pb2.FinishQuarantinedMessageRequest, context: Context
    ) -> quarantine_pb2.FinishQuarantinedMessageResponse:
        await finish_quarantined_message(self._quarantine, request.id, request.organization_id)
        return quarantine_pb2.FinishQuarantinedMessageResponse()
