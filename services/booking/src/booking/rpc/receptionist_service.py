"""The tools: what an assistant can do for a caller."""

from collections.abc import Awaitable, Callable

from booking.domain.ports import Store, Unit
from booking.domain.reception.answer_once import answer_once
from booking.domain.reception.answers import Answer, ToolCall, answer
from booking.domain.reception.book_appointment import book_appointment
from booking.domain.reception.cancel_appointment import cancel_appointment
from booking.domain.reception.check_availability import check_availability
from booking.domain.reception.hold_slot import hold_slot
from booking.domain.reception.look_up_caller import look_up_caller
from booking.domain.reception.outcomes import Outcome
from booking.domain.reception.reschedule_appointment import reschedule_appointment
from booking.domain.reception.tell_appointments import tell_appointments
from booking.domain.schedule.holds import Asking
from booking.rpc.convert import tool_calls as convert
from chassis.clock import Clock
from chassis.rpc.interceptors import Context
from chassis.tenant import current_tenant
from switchboard.booking.v1.receptionist_service_pb2 import (
    BookClinicAppointmentRequest,
    CancelAppointmentRequest,
    CheckAvailabilityRequest,
    HoldSlotRequest,
    LookupCallerRequest,
    RescheduleAppointmentRequest,
    TellAppointmentsRequest,
)
from switchboard.booking.v1.receptionist_service_pb2_grpc import ReceptionistServiceServicer
from switchboard.tools.v1.tools_pb2 import CallContext, ToolReply

WritingRequest = (
    HoldSlotRequest | BookClinicAppointmentRequest | RescheduleAppointmentRequest | CancelAppointmentRequest
)
Reading = Callable[[Unit, Asking], Awaitable[Outcome]]
Writing = Callable[[Unit, Asking, ToolCall | None], Awaitable[Outcome]]


class ReceptionistServicer(ReceptionistServiceServicer):
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def CheckAvailability(self, request: CheckAvailabilityRequest, context: Context) -> ToolReply:
        question = convert.question(request)
        return await self._look(request.context, lambda unit, asking: check_availability(unit, asking.now, question))

    async def TellAppointments(self, request: TellAppointmentsRequest, context: Context) -> ToolReply:
        mention = convert.mention(request)
        return await self._look(request.context, lambda unit, asking: tell_appointments(unit, asking.now, mention))

    async def LookupCaller(self, request: LookupCallerRequest, context: Context) -> ToolReply:
        question = convert.caller_question(request)
        return await self._look(request.context, lambda unit, _: look_up_caller(unit, question))

    async def HoldSlot(self, request: HoldSlotRequest, context: Context) -> ToolReply:
        wish = convert.hold_wish(request)
        return await self._once(request, lambda unit, asking, _: hold_slot(unit, asking, wish))

    async def BookClinicAppointment(self, request: BookClinicAppointmentRequest, context: Context) -> ToolReply:
        wish = convert.wish(request)
        return await self._once(
            request,
            lambda unit, asking, _: book_appointment(unit, asking.now, wish),
        )

    async def RescheduleAppointment(self, request: RescheduleAppointmentRequest, context: Context) -> ToolReply:
        wish = convert.move_wish(request)
        return await self._once(
            request,
            lambda unit, asking, call: reschedule_appointment(unit, asking.now, wish, call),
        )

    async def CancelAppointment(self, request: CancelAppointmentRequest, context: Context) -> ToolReply:
        wish = convert.cancel_wish(request)
        return await self._once(
            request,
            lambda unit, asking, call: cancel_appointment(unit, asking.now, wish, call),
        )

    async def _look(self, context: CallContext, use: Reading) -> ToolReply:
        asking = convert.asking(context, self._clock())
        async with self._store.unit(current_tenant(), asking) as unit:
            given = answer(await use(unit, asking))
        return convert.reply(given, unit.grounds)

    async def _once(self, request: WritingRequest, use: Writing) -> ToolReply:
        asking = convert.asking(request.context, self._clock())
        call = convert.tool_call(request.context, request)
        async with self._store.unit(current_tenant(), asking) as unit:

            async def work() -> Answer:
                return answer(await use(unit, asking, call))

            given = await answer_once(unit, call, work)
        return convert.reply(given, unit.grounds)
