"""`assistant-request`: who answers the telephone."""

import asyncio

from starlette.responses import Response

from chassis.clock import Clock
from chassis.errors import DomainError
from chassis.logs import get_logger
from chassis.tenant import TenantId
from gateway.answer import replies
from gateway.answer.arrival import Arrival
from gateway.answer.requests.call_variables import call_variables
from gateway.answer.requests.callers import Callers
from gateway.answer.requests.inbound_assistants import InboundAssistants
from gateway.sender.tenants import CALLER_HEARS_WITHOUT_TENANT, Outcome
from gateway.speech import CALLER_HEARS_NO_ASSISTANT, CALLER_HEARS_UNAVAILABLE

_log = get_logger()


class AssistantRequest:
    def __init__(self, inbound_assistants: InboundAssistants, callers: Callers, clock: Clock) -> None:
        self._inbound_assistants = inbound_assistants
        self._callers = callers
        self._clock = clock

    async def answer(self, arrival: Arrival) -> Response:
        resolution = arrival.resolution
        if resolution.outcome is not Outcome.RESOLVED or resolution.organization is None:
            return replies.spoken_error(CALLER_HEARS_WITHOUT_TENANT[resolution.outcome])
        try:
            return await self._answer_for(resolution.organization, arrival)
        except DomainError:
            pass
        except Exception:  # noqa: BLE001  # somebody calls, and hears at least that
            _log.exception("answering the telephone failed unexpectedly")
        return replies.spoken_error(CALLER_HEARS_UNAVAILABLE)

    async def _answer_for(self, organization: TenantId, arrival: Arrival) -> Response:
        inbound, caller_name = await asyncio.gather(
            self._inbound_assistants.of(organization), self._callers.name_of(organization, arrival.conversation)
        )
        if inbound is None:
            return replies.spoken_error(CALLER_HEARS_NO_ASSISTANT)
        return replies.assistant(inbound.vapi_assistant_id, call_variables(inbound.clinic, caller_name, self._clock()))
