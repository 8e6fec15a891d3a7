"""`/api/inbound/…`: whose a number is. Only an administrator gives one away, or anybody could claim it."""

from typing import Annotated, ClassVar

from msgspec import UNSET, Meta, Struct, UnsetType
from starlette.requests import Request

from chassis.rpc.client import RpcClient
from chassis.tenant import current_tenant
from gateway.http.answers import Created, Page, Rfc3339, Uuid, page
from gateway.http.bodies import Body, given
from gateway.http.operations import Resource, Who, operation, resource
from gateway.http.parameters import Named, Paging, read_path
from gateway.routes.listing import instant_in
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
    example: ClassVar = {"inbound_phone_number": "+14155550100", "clinic_name": "Riverside Practice"}

    inbound_phone_number: str
    clinic_name: str | UnsetType = UNSET
    vapi_phone_number_id: Uuid | UnsetType = UNSET
    move_from: str = ""


class MappingItem(Struct):
    id: Uuid
    org_id: Uuid
    inbound_phone_number: str
    clinic_name: str
    vapi_phone_number_id: str | None
    held_from: Rfc3339 | None
    held_until: Rfc3339 | None


class Wanted(Paging):
    with_former: Annotated[bool, Meta(description="Whether to list those too that it holds no more.")] = False


class PhoneMappingRoutes:
    def __init__(self, tenancy: RpcClient) -> None:
        self._numbers = tenancy.stub(PhoneNumberServiceStub)

    def resources(self) -> list[Resource]:
        return [
            resource(
                "/api/inbound/phone-mappings",
                GET=operation(self.list, "List an organization's numbers"),
                POST=operation(
                    self.map,
                    "Give a number to an organization, or move it there",
                    who=Who.ORGANIZATIONS_ADMINISTRATOR,
                    problems={
                        400: ("MALFORMED_PHONE_NUMBER", "MALFORMED_PHONE_NUMBER_ID", "MALFORMED_ORGANIZATION_ID"),
                        404: ("PHONE_NUMBER_NOT_FOUND",),
                        409: ("PHONE_NUMBER_TAKEN",),
                    },
                ),
            ),
            resource(
                "/api/inbound/phone-mappings/{id}",
                DELETE=operation(
                    self.release,
                    "Take a number away from an organization",
                    who=Who.ORGANIZATIONS_ADMINISTRATOR,
                    is_own=self._is_own,
                    problems={404: ("PHONE_NUMBER_NOT_FOUND",)},
                ),
            ),
        ]

    async def list(self, wanted: Wanted) -> Page[MappingItem]:
        found = await self._numbers.ListPhoneNumbers(
            ListPhoneNumbersRequest(page_size=wanted.limit, page_token=wanted.cursor, with_former=wanted.with_former)
        )
        return page(map(_item, found.phone_numbers), found.next_page_token)

    async def map(self, new: NewMapping) -> Created[MappingItem]:
        """Mapping its own number again changes what is sent of it. Calls that began before a move stay the former's."""
        return Created(_item(await self._move(new) if new.move_from else await self._map(new)))

    async def release(self, number: Named) -> None:
        """From now on: calls that began before stay its own."""
        await self._numbers.ReleasePhoneNumber(ReleasePhoneNumberRequest(id=number.id))

    async def _is_own(self, request: Request) -> bool:
        everything = await self._numbers.ListPhoneNumbers(ListPhoneNumbersRequest(with_former=True))
        return read_path(request, Named).id in {number.id for number in everything.phone_numbers}

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


def _item(number: PhoneNumber) -> MappingItem:
    return MappingItem(
        id=number.id,
        org_id=str(current_tenant()),
        inbound_phone_number=number.number,
        clinic_name=number.clinic_name,
        vapi_phone_number_id=number.vapi_phone_number_id or None,
        held_from=instant_in(number, "held_from"),
        held_until=instant_in(number, "held_until"),
    )
