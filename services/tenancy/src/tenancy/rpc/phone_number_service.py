"""An organization's telephone numbers."""

from chassis.rpc.interceptors import Context
from chassis.tenant import current_tenant
from switchboard.tenancy.v1 import phone_number_service_pb2 as phone_number_pb2
from switchboard.tenancy.v1.phone_number_service_pb2_grpc import PhoneNumberServiceServicer
from tenancy.domain.phone_numbers import PhoneNumbers, map_phone_number
from tenancy.rpc import convert


class PhoneNumberServicer(PhoneNumberServiceServicer):
    def __init__(self, numbers: PhoneNumbers) -> None:
        self._numbers = numbers

    async def MapPhoneNumber(
        self, request: phone_number_pb2.MapPhoneNumberRequest, _context: Context
    ) -> phone_number_pb2.MapPhoneNumberResponse:
        mapped = await map_phone_number(
            self._numbers,
            current_tenant(),
            number=request.number,
            clinic_name=request.clinic_name,
            vapi_phone_number_id=request.vapi_phone_number_id,
        )
        return phone_number_pb2.MapPhoneNumberResponse(phone_number=convert.phone_number(mapped))

    async def ListPhoneNumbers(
        self, _request: phone_number_pb2.ListPhoneNumbersRequest, _context: Context
    ) -> phone_number_pb2.ListPhoneNumbersResponse:
        held = await self._numbers.list(current_tenant())
        return phone_number_pb2.ListPhoneNumbersResponse(
            phone_numbers=[convert.phone_number(number) for number in held]
        )
