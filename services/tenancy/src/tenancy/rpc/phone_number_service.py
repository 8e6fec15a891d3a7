"""An organization's telephone numbers."""

from chassis.rpc.interceptors import Context
from chassis.tenant import current_tenant
from switchboard.tenancy.v1 import phone_number_service_pb2 as phone_number_pb2
from switchboard.tenancy.v1.phone_number_service_pb2_grpc import PhoneNumberServiceServicer
from tenancy.domain.numbers.list_phone_numbers import list_phone_numbers
from tenancy.domain.numbers.map_phone_number import map_phone_number
from tenancy.domain.numbers.move_phone_number import move_phone_number
from tenancy.domain.numbers.release_phone_number import release_phone_number
from tenancy.domain.ports import PhoneNumbers
from tenancy.rpc.convert import phone_numbers as convert
from tenancy.rpc.convert.paging import page_begins_after


class PhoneNumberServicer(PhoneNumberServiceServicer):
    def __init__(self, numbers: PhoneNumbers) -> None:
        self._numbers = numbers

    async def MapPhoneNumber(
        self, request: phone_number_pb2.MapPhoneNumberRequest, context: Context
    ) -> phone_number_pb2.MapPhoneNumberResponse:
        mapped = await map_phone_number(
            self._numbers,
            current_tenant(),
            number=request.number,
            clinic_name=convert.clinic_name(request),
            vapi_phone_number_id=convert.vapi_phone_number_id(request),
        )
        return phone_number_pb2.MapPhoneNumberResponse(phone_number=convert.phone_number(mapped))

    async def MovePhoneNumber(
        self, request: phone_number_pb2.MovePhoneNumberRequest, context: Context
    ) -> phone_number_pb2.MovePhoneNumberResponse:
        moved = await move_phone_number(
            self._numbers,
            current_tenant(),
            number=request.number,
            holder=request.from_organization_id,
            clinic_name=convert.clinic_name(request),
            vapi_phone_number_id=convert.vapi_phone_number_id(request),
        )
        return phone_number_pb2.MovePhoneNumberResponse(phone_number=convert.phone_number(moved))

    async def ReleasePhoneNumber(
        self, request: phone_number_pb2.ReleasePhoneNumberRequest, context: Context
    ) -> phone_number_pb2.ReleasePhoneNumberResponse:
        released = await release_phone_number(self._numbers, current_tenant(), request.id)
        return phone_number_pb2.ReleasePhoneNumberResponse(phone_number=convert.phone_number(released))

    async def ListPhoneNumbers(
        self, request: phone_number_pb2.ListPhoneNumbersRequest, context: Context
    ) -> phone_number_pb2.ListPhoneNumbersResponse:
        tenant, after = current_tenant(), page_begins_after(request.page_token)
        listed = await list_phone_numbers(
            self._numbers, tenant, after=after, page_size=request.page_size, with_former=request.with_former
        )
        return convert.page(listed)
