"""`/api/inbound/…`: whose a number is. Only an administrator gives one away, or anybody could claim it."""

from typing import Any, ClassVar

from msgspec import UNSET, UnsetType
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from chassis.rpc.client import RpcClient
from chassis.tenant import TenantId
from gateway.http.bodies import Body, given, read_body
from gateway.http.intake import Intake
from gateway.http.principals import Principals, path_id
from gateway.routes.listing import cursor_of, flag_of, instant_in, limit_of, listed
from gateway.routes.resource import resource
from switchboard.tenancy.v1.phone_number_service_pb2 import (
    ListPhoneNumbersRequest,
    MapPhoneNumberRequest,
    MovePhoneNumberRequest,
    PhoneNumber,
    ReleasePhoneNumberRequest,
)
from switchboard.tenancy.v1.phone_number_service_pb2_grpc import PhoneNumberServiceStub


class NewMapping(Body):
    form: ClassVar[str] = (
        '{"inbound_phone_number": text with its country code, "clinic_name"?: text,'
        ' "vapi_phone_number_id"?: a UUID, "move_from"?: id of the organization that holds the number}'
    )

    inbound_phone_number: str
    clinic_name: str | UnsetType = UNSET
    vapi_phone_number_id: str | UnsetType = UNSET
    move_from: str = ""


class PhoneMappingRoutes:
    def __init__(self, principals: Principals, intake: Intake, tenancy: RpcClient) -> None:
        self._principals = principals
        self._intake = intake
        self._numbers = tenancy.stub(PhoneNumberServiceStub)

    def routes(self) -> list[Route]:
        return [
            resource("/api/inbound/phone-mappings", GET=self.list, POST=self.map),
            resource("/api/inbound/phone-mappings/{id}", DELETE=self.release),
        ]

    async def list(self, request: Request) -> Response:
        async with self._principals.organization(request) as tenant:
            page = ListPhoneNumbersRequest(
                page_size=limit_of(request),
                page_token=cursor_of(request),
                with_former=flag_of(request, "with_former"),
            )
            found = await self._numbers.ListPhoneNumbers(page)
        return listed((_item(tenant, number) for number in found.phone_numbers), found.next_page_token)

    async def map(self, request: Request) -> Response:
        body = await self._intake.body_of(request)
        async with self._principals.organization(request, administrators_only=True) as tenant:
            new = read_body(request, body, NewMapping)
            mapped = await self._move(new) if new.move_from else await self._map(new)
        return JSONResponse(_item(tenant, mapped), status_code=201)

    async def release(self, request: Request) -> Response:
        async def is_own(request: Request) -> bool:
            everything = await self._numbers.ListPhoneNumbers(ListPhoneNumbersRequest(with_former=True))
            return path_id(request) in {number.id for number in everything.phone_numbers}

        async with self._principals.organization(request, administrators_only=True, is_own=is_own):
            await self._numbers.ReleasePhoneNumber(ReleasePhoneNumberRequest(id=path_id(request)))
        return Response(status_code=204)

    async def _map(self, new: NewMapping) -> PhoneNumber:
        answer = await self._numbers.MapPhoneNumber(
            MapPhoneNumberRequest(
                number=new.inbound_phone_number,
                clinic_name=given(new.clinic_name),
                vapi_phone_number_id=given(new.vapi_phone_number_id),
            )
        )
        return answer.phone_number

    async def _move(self, new: NewMapping) -> PhoneNumber:
        answer = await self._numbers.MovePhoneNumber(
            MovePhoneNumberRequest(
                number=new.inbound_phone_number,
                from_organization_id=new.move_from,
                clinic_name=given(new.clinic_name),
                vapi_phone_number_id=given(new.vapi_phone_number_id),
            )
        )
        return answer.phone_number


def _item(tenant: TenantId, number: PhoneNumber) -> dict[str, Any]:
    return {
        "id": number.id,
        "org_id": str(tenant),
        "inbound_phone_number": number.number,
        "clinic_name": number.clinic_name,
        "vapi_phone_number_id": number.vapi_phone_number_id or None,
        "held_from": instant_in(number, "held_from"),
        "held_until": instant_in(number, "held_until"),
    }
