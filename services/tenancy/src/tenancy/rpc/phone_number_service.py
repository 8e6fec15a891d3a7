"""An organization's telephone numbers."""

from chassis.rpc.interceptors import Context
from chassis.tenant import current_tenant
from switchboard.tenancy.v1 import phone_number_service_pb2 as phone_number_pb2
from switchboard.tenancy.v1.phone_number_service_pb2_grpc import PhoneNumberServiceServicer
from tenancy.domain.map_phone_number import map_phone_number
from tenancy.domain.ports import PhoneNumbers
from tenancy.rpc.convert import phone_numbers as convert


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

    async def ListPhoneNumbers(
        self, request: phone_number_pb2.ListPhoneNumbersRequest, context: Context
    ) -> phone_number_pb2.ListPhoneNumbersResponse:
        held = await self._numbers.list(current_tenant())
        return phone_number_pb2.ListPhoneNumbersResponse(
            phone_numbers=[convert.phone_number(number) for number in held]
        )
