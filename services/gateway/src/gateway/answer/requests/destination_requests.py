"""`transfer-destination-request` and `handoff-destination-request`: whom a caller is put through to.

The caller hears the answer's words as they stand: no assistant stands between.
"""

from collections.abc import Callable

from starlette.responses import Response

from chassis.errors import DomainError
from chassis.logs import get_logger
from gateway.answer import replies
from gateway.answer.arrival import Arrival
from gateway.answer.requests.departments import Departments, PutThrough
from gateway.message.destination_request import destination_asked
from gateway.sender.tenants import CALLER_HEARS_WITHOUT_TENANT, Outcome
from gateway.speech import CALLER_HEARS_NOT_PUT_THROUGH

_WITHOUT_TENANT = {**CALLER_HEARS_WITHOUT_TENANT, Outcome.UNAVAILABLE: CALLER_HEARS_NOT_PUT_THROUGH}
"""The call has been taken; it is the putting through that cannot be."""

_log = get_logger()


class DestinationRequest:
    def __init__(self, departments: Departments, answer: Callable[[PutThrough], Response]) -> None:
        """`answer` writes the answer in the form of the request's type."""
        self._departments = departments
        self._written = answer

    async def answer(self, arrival: Arrival) -> Response:
        resolution = arrival.resolution
        if resolution.outcome is not Outcome.RESOLVED or resolution.organization is None:
            return replies.spoken_error(_WITHOUT_TENANT[resolution.outcome])
        try:
            found = await self._departments.find(resolution.organization, destination_asked(arrival.message))
        except DomainError:
            return replies.spoken_error(CALLER_HEARS_NOT_PUT_THROUGH)
        except Exception:  # noqa: BLE001  # somebody is on the line, and hears at least that
            _log.exception("putting a caller through failed unexpectedly")
            return replies.spoken_error(CALLER_HEARS_NOT_PUT_THROUGH)
        return replies.spoken_error(found.caller_hears) if found.destination is None else self._written(found)


def transfer_destination(found: PutThrough) -> Response:
    return replies.destination(found.destination, found.caller_hears)


def handoff_destination(found: PutThrough) -> Response:
    return replies.destination(found.destination)
