"""Who calls: the one contact of the number that a call comes from, as far as booking tells in time."""

from chassis.errors import DomainError
from chassis.logs import get_logger
from chassis.rpc.client import RpcClient
from chassis.tenant import TenantId, tenant_scope
from gateway.message.conversation import Conversation
from switchboard.booking.v1.contact_service_pb2 import GetCallerNameRequest
from switchboard.booking.v1.contact_service_pb2_grpc import ContactServiceStub

SECONDS = 0.4
"""For which a name is waited for: a telephone rings meanwhile, and is answered without it too."""

_log = get_logger()


class Callers:
    def __init__(self, booking: RpcClient) -> None:
        self._get_name = booking.stub(ContactServiceStub).GetCallerName

    async def name_of(self, organization: TenantId, conversation: Conversation) -> str:
        """Empty if it is nobody, one of several, or not known in time. Raises nothing.

        Only a number that somebody really calls from is asked about: web calls and chats have none.
        """
        if not conversation.caller_number:
            return ""
        request = GetCallerNameRequest(
            caller_number=conversation.caller_number, called_number=conversation.called_number
        )
        try:
            with tenant_scope(organization):
                return str((await self._get_name(request, timeout=SECONDS)).name)
        except DomainError as error:
            _log.info("who calls was not told", kind=error.kind, reason=error.reason)
        except Exception:  # noqa: BLE001  # somebody calls, whoever it is
            _log.exception("asking who calls failed unexpectedly")
        return ""
