"""Tenancy's phone numbers: whose they are is decided there, Vapi's ids of them are learned here."""

from collections.abc import AsyncIterator, Sequence

from assistant_sync.domain.numbers.number import PhoneNumber
from assistant_sync.domain.trouble import NumberTaken, RegistryAway
from chassis.errors import DomainError, Kind
from chassis.rpc.client import RpcClient
from chassis.tenant import TenantId, establish
from switchboard.tenancy.v1.organization_service_pb2 import ListOrganizationsRequest
from switchboard.tenancy.v1.organization_service_pb2_grpc import OrganizationServiceStub
from switchboard.tenancy.v1.phone_number_service_pb2 import ListPhoneNumbersRequest, MapPhoneNumberRequest
from switchboard.tenancy.v1.phone_number_service_pb2_grpc import PhoneNumberServiceStub

_TIMEOUT = 3.0
_PAGE = 200


class TenancyNumbers:
    def __init__(self, tenancy: RpcClient) -> None:
        self._stub = tenancy.stub(PhoneNumberServiceStub)

    async def all(self) -> Sequence[PhoneNumber]:
        try:
            answer = await self._stub.ListPhoneNumbers(ListPhoneNumbersRequest(), timeout=_TIMEOUT)
        except DomainError as error:
            raise RegistryAway from error
        return [PhoneNumber(one.number, one.vapi_phone_number_id or None) for one in answer.phone_numbers]

    async def learn(self, number: str, vapi_id: str) -> None:
        request = MapPhoneNumberRequest(number=number, vapi_phone_number_id=vapi_id)
        try:
            await self._stub.MapPhoneNumber(request, timeout=_TIMEOUT)
        except DomainError as error:
            raise NumberTaken if error.kind in (Kind.CONFLICT, Kind.INVALID) else RegistryAway from error


class TenancyOrganizations:
    def __init__(self, tenancy: RpcClient) -> None:
        self._stub = tenancy.stub(OrganizationServiceStub)

    async def all(self) -> AsyncIterator[TenantId]:
        request = ListOrganizationsRequest(page_size=_PAGE)
        while True:
            try:
                page = await self._stub.ListOrganizations(request, timeout=_TIMEOUT)
            except DomainError as error:
                raise RegistryAway from error
            for organization in page.organizations:
                yield establish(organization.id)
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token
