"""The tools: what an assistant can do for a caller."""

from booking.domain.answer_once import answer_once
from booking.domain.answers import Answer, answer
from booking.domain.book_appointment import book_appointment
from booking.domain.check_availability import check_availability
from booking.domain.ports import Store
from booking.rpc.convert import tool_calls as convert
from chassis.clock import Clock
from chassis.rpc.interceptors import Context
from chassis.tenant import current_tenant
from switchboard.booking.v1.receptionist_service_pb2 import BookClinicAppointmentRequest, CheckAvailabilityRequest
from switchboard.booking.v1.receptionist_service_pb2_grpc import ReceptionistServiceServicer
from switchboard.tools.v1.tools_pb2 import ToolReply


class ReceptionistServicer(ReceptionistServiceServicer):
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def CheckAvailability(self, request: CheckAvailabilityRequest, context: Context) -> ToolReply:
        async with self._store.unit(current_tenant()) as unit:
            outcome = await check_availability(unit, self._clock(), convert.question(request))
        return convert.reply(answer(outcome))

    async def BookClinicAppointment(self, request: BookClinicAppointmentRequest, context: Context) -> ToolReply:
        wish = convert.wish(request)
        async with self._store.unit(current_tenant()) as unit:

            async def work() -> Answer:
                return answer(await book_appointment(unit, self._clock(), wish))

            given = await answer_once(unit, convert.tool_call(request.context, request), work)
        return convert.reply(given)
