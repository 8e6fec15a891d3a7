"""`assistant-request`: who answers the telephone."""

from starlette.responses import Response

from gateway.answer import replies
from gateway.answer.arrival import Arrival
from gateway.sender.tenants import CALLER_HEARS_WITHOUT_TENANT, Outcome


class AssistantRequest:
    async def answer(self, arrival: Arrival) -> Response:
        outcome = arrival.resolution.outcome
        if outcome is not Outcome.RESOLVED:
            return replies.spoken_error(CALLER_HEARS_WITHOUT_TENANT[outcome])
        return replies.ACKNOWLEDGED
