"""The split's own rules and statements in one process: no gRPC, no second process, no log, no checks of schemas.

Whatever the split takes beyond this is the price of being split. With `raw` stores behind it, it tells what SQLAlchemy
Core takes.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from hashlib import sha256

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from booking.domain.people.contacts import Told
from booking.domain.ports import Store
from booking.domain.reception.answer_once import answer_once
from booking.domain.reception.answers import Answer, ToolCall, answer
from booking.domain.reception.book_appointment import Wish, book_appointment
from booking.domain.reception.check_availability import Question, check_availability
from booking.domain.reception.wanted_time import SpokenTime
from booking.domain.schedule.holds import Asking
from booking.store.postgres import PostgresStore
from chassis.clock import system_clock
from chassis.database.engine import Database
from chassis.encryption import KEY_BYTES, Sealer
from chassis.tenant import TenantId
from gateway.answer.replies import ACKNOWLEDGED, Result, results
from gateway.message.conversation import Conversation, conversation_of
from gateway.message.evidence import evidence_in
from gateway.message.messages import read
from gateway.message.wire import ToolUse, holds_tool_calls, tool_uses
from gateway.sender.verification import SharedSecret
from tenancy.domain.ports import Directory
from tenancy.domain.routing.evidence import Source
from tenancy.domain.routing.resolve_tenant import resolve_tenant
from tenancy.store.directory import DirectoryStore
from tenancy_client import Evidence
from tests.bench.bodies import WEBHOOK

Lifespan = Callable[[Starlette], AbstractAsyncContextManager[None]]


def build(tenancy_url: str, booking_url: str, secret: str) -> Starlette:
    tenancy, booking = Database(tenancy_url), Database(booking_url)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        await tenancy.close()
        await booking.close()

    return OneProcess(DirectoryStore(tenancy), PostgresStore(booking, Sealer([bytes(KEY_BYTES)])), secret).app(lifespan)


class OneProcess:
    def __init__(self, directory: Directory, store: Store, secret: str) -> None:
        self._directory = directory
        self._store = store
        self._secret = SharedSecret(secret)

    def app(self, lifespan: Lifespan) -> Starlette:
        return Starlette(routes=[Route(WEBHOOK, self._receive, methods=["POST"])], lifespan=lifespan)

    async def _receive(self, request: Request) -> Response:
        body = await request.body()
        if not self._secret.matches(request.headers.get("x-vapi-secret")):
            return Response(status_code=401)
        received = read(body)
        evidence = evidence_in(received)
        resolution = await resolve_tenant(self._directory, _said(evidence), at=evidence.at)
        if resolution.owner is None or not holds_tool_calls(received.message):
            return ACKNOWLEDGED
        tenant = TenantId(resolution.owner.organization_id)
        conversation = conversation_of(received.message)
        uses = tool_uses(received.message, body=body, named_in_url="")
        return results([_result(use, await self._carry_out(use, tenant, conversation)) for use in uses])

    async def _carry_out(self, use: ToolUse, tenant: TenantId, conversation: Conversation) -> Answer:
        arguments = use.arguments()
        asking = Asking(system_clock(), conversation.vapi_call_id or None)
        if use.name == "checkAvailability":
            async with self._store.unit(tenant, asking) as unit:
                return answer(await check_availability(unit, asking.now, Question(arguments["date"])))
        wish = Wish(
            when=SpokenTime(arguments["appointmentDate"], arguments["appointmentTime"]),
            told=Told(
                name=arguments["patientName"],
                phone="",
                email="",
                caller_number=conversation.caller_number,
                called_number=conversation.called_number,
            ),
            vapi_call_id=conversation.vapi_call_id,
        )
        call = ToolCall(conversation.vapi_call_id, use.id, sha256(use.raw_arguments).digest())
        async with self._store.unit(tenant, asking) as unit:

            async def work() -> Answer:
                return answer(await book_appointment(unit, asking.now, wish))

            return await answer_once(unit, call, work)


def _said(evidence: Evidence) -> Iterator[tuple[Source, str]]:
    yield Source.CALLED_NUMBER, evidence.called_number
    yield from ((Source.PHONE_NUMBER_ID, piece) for piece in evidence.phone_number_ids)
    yield from ((Source.ASSISTANT_ID, piece) for piece in evidence.assistant_ids)
    yield from ((Source.METADATA, piece) for piece in evidence.metadata_org_ids)


def _result(use: ToolUse, given: Answer) -> Result:
    return Result(tool_call_id=use.id, name=use.name, result=given.say, metadata=given.data)
