"""Phone numbers."""

from switchboard.tenancy.v1 import phone_number_service_pb2 as phone_number_pb2
from tenancy.domain.phone_numbers import PhoneNumber


def phone_number(held: PhoneNumber) -> phone_number_pb2.PhoneNumber:
    return phone_number_pb2.PhoneNumber(
        id=str(held.id),
        number=held.number,
        clinic_name=held.clinic_name,
        vapi_phone_number_id=str(held.vapi_phone_number_id or ""),
    )


def clinic_name(request: phone_number_pb2.MapPhoneNumberRequest) -> str | None:
    """None if the request says nothing of it."""
    return request.clinic_name if request.HasField("clinic_name") else None


def vapi_phone_number_id(request: phone_number_pb2.MapPhoneNumberRequest) -> str | None:
    """None if the request says nothing of it; empty to forget it."""
    return request.vapi_phone_number_id if request.HasField("vapi_phone_number_id") else None
