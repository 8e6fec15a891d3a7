"""The RPCs: a request in, a use-case, an answer out."""

from typing import Any

import grpc

from chassis.tenant import current_tenant
from switchboard.tenancy.v1 import api_key_service_pb2 as api_key_pb2
from switchboard.tenancy.v1 import organization_service_pb2 as organization_pb2
from switchboard.tenancy.v1 import phone_number_service_pb2 as phone_number_pb2
from switchboard.tenancy.v1 import tenancy_service_pb2 as tenancy_pb2
from switchboard.tenancy.v1.api_key_service_pb2_grpc import ApiKeyServiceServicer
from switchboard.tenancy.v1.organization_service_pb2_grpc import OrganizationServiceServicer
from switchboard.tenancy.v1.phone_number_service_pb2_grpc import PhoneNumberServiceServicer
from switchboard.tenancy.v1.tenancy_service_pb2_grpc import TenancyServiceServicer
from tenancy.domain.api_keys import ApiKeys, authenticate_api_key, create_api_key
from tenancy.domain.assistants import Assistants, register_assistant
from tenancy.domain.evidence import Directory, resolve_tenant
from tenancy.domain.organizations import Organizations, create_organization, get_organization, list_organizations
from tenancy.domain.phone_numbers import PhoneNumbers, map_phone_number
from tenancy.rpc import convert

Context = grpc.aio.ServicerContext[Any, Any]


class TenancyServicer(TenancyServiceServicer):
    def __init__(self, directory: Directory, assistants: Assistants) -> None:
        self._directory = directory
        self._assistants = assistants

    async def ResolveTenant(
        self, request: tenancy_pb2.ResolveTenantRequest, _context: Context
    ) -> tenancy_pb2.ResolveTenantResponse:
        evidence, at = convert.said(request), convert.instant(request)
        resolution = await resolve_tenant(self._directory, evidence, at=at)
        return convert.resolution(resolution)

    async def RegisterAssistant(
        self, request: tenancy_pb2.RegisterAssistantRequest, _context: Context
    ) -> tenancy_pb2.RegisterAssistantResponse:
        await register_assistant(self._assistants, current_tenant(), request.vapi_assistant_id)
        return tenancy_pb2.RegisterAssistantResponse()


class OrganizationServicer(OrganizationServiceServicer):
    def __init__(self, organizations: Organizations) -> None:
        self._organizations = organizations

    async def CreateOrganization(
        self, request: organization_pb2.CreateOrganizationRequest, _context: Context
    ) -> organization_pb2.CreateOrganizationResponse:
        created = await create_organization(
            self._organizations,
            organization_id=request.organization_id,
            name=request.name,
            timezone=request.timezone,
        )
        return organization_pb2.CreateOrganizationResponse(organization=convert.organization(created))

    async def GetOrganization(
        self, request: organization_pb2.GetOrganizationRequest, _context: Context
    ) -> organization_pb2.GetOrganizationResponse:
        found = await get_organization(self._organizations, request.organization_id)
        return organization_pb2.GetOrganizationResponse(organization=convert.organization(found))

    async def ListOrganizations(
        self, request: organization_pb2.ListOrganizationsRequest, _context: Context
    ) -> organization_pb2.ListOrganizationsResponse:
        after = convert.page_begins_after(request.page_token)
        page = await list_organizations(self._organizations, after=after, page_size=request.page_size)
        return convert.page(page)


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


class ApiKeyServicer(ApiKeyServiceServicer):
    def __init__(self, api_keys: ApiKeys) -> None:
        self._api_keys = api_keys

    async def CreateApiKey(
        self, request: api_key_pb2.CreateApiKeyRequest, _context: Context
    ) -> api_key_pb2.CreateApiKeyResponse:
        created = await create_api_key(self._api_keys, current_tenant(), request.name)
        return api_key_pb2.CreateApiKeyResponse(id=str(created.id), api_key=created.key)

    async def AuthenticateApiKey(
        self, request: api_key_pb2.AuthenticateApiKeyRequest, _context: Context
    ) -> api_key_pb2.AuthenticateApiKeyResponse:
        organization_id = await authenticate_api_key(self._api_keys, request.api_key)
        return api_key_pb2.AuthenticateApiKeyResponse(organization_id=str(organization_id))
