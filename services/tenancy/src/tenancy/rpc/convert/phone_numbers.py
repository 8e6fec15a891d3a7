"""Phone numbers."""

from typing import TypeAlias

from chassis.paging import Page
from switchboard.tenancy.v1 import phone_number_service_pb2 as phone_number_pb2
from tenancy.domain.numbers.phone_numbers import PhoneNumber
from tenancy.rpc.convert.instants import timestamp
from tenancy.rpc.convert.paging import page_token

_Describing: TypeAlias = phone_number_pb2.MapPhoneNumberRequest | phone_number_pb2.MovePhoneNumberRequest


def phone_number(held: PhoneNumber) -> phone_number_pb2.PhoneNumber:
    return phone_number_pb2.PhoneNumber(
        id=str(held.id),
        number=held.number,
        clinic_name=held.clinic_name,
        vapi_phone_number_id=str(held.vapi_phone_number_id or ""),
        held_from=timestamp(held.held_from),
        held_until=timestamp(held.held_until),
    )


def page(listed: Page[PhoneNumber]) -> phone_number_pb2.ListPhoneNumbersResponse:
    return phone_number_pb2.ListPhoneNumbersResponse(
        phone_numbers=[phone_number(number) for number in listed.items],
        next_page_token=page_token(listed.items[-1].id) if listed.more else "",
    )


def clinic_name(request: _Describing) -> str | None:
    """None if the request says nothing of it."""
    return request.clinic_name if request.HasField("clinic_name") else None


def vapi_phone_number_id(request: _Describing) -> str | None:
    """None if the request says nothing of it; empty to forget it."""
    return request.vapi_phone_number_id if request.HasField("vapi_phone_number_id") else None
