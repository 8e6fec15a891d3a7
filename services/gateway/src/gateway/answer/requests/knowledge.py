"""`knowledge-base-request`: what an organization knows about what was asked in a call."""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct
from starlette.responses import Response

from chassis.logs import get_logger
from chassis.tenant import tenant_scope
from gateway.answer import replies
from gateway.answer.arrival import Arrival
from gateway.sender.tenants import Outcome

_log = get_logger()


class Document(Struct, frozen=True, omit_defaults=True):
    """A passage, as Vapi takes it."""

    content: str
    similarity: float
    """To what was asked, from 0 to 1."""
    uuid: str | None = None


class Knowledge(Protocol):
    async def about(self, arrival: Arrival) -> Sequence[Document]:
        """The passages that answer what a message asks, the best first, for the tenant in scope.

        Within the deadline in scope, though Vapi hopes for 50 ms. May raise anything.
        """


class NoKnowledge:
    """Of organizations that have none."""

    async def about(self, _arrival: Arrival) -> Sequence[Document]:
        return ()


class KnowledgeBase:
    """Answers in every case: Vapi knows no other form, and the model goes on with what it has."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge

    async def answer(self, arrival: Arrival) -> Response:
        return replies.documents(await self._found(arrival))

    async def _found(self, arrival: Arrival) -> Sequence[Document]:
        resolution = arrival.resolution
        if resolution.outcome is not Outcome.RESOLVED or resolution.organization is None:
            return ()
        try:
            with tenant_scope(resolution.organization):
                return await self._knowledge.about(arrival)
        except Exception:  # noqa: BLE001  # a call goes on without it
            _log.exception("knowledge was not found")
            return ()
