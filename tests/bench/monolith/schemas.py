"""The tools' arguments, validated."""

import unicodedata
from datetime import date, time
from typing import Annotated

import phonenumbers
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field


def _first_ten(value: object) -> object:
    """Models append a time to a date now and then."""
    return value[:10] if isinstance(value, str) else value


def _clean(value: str) -> str:
    cleaned = " ".join("".join(c if unicodedata.category(c)[0] != "C" else " " for c in value).split())
    if not any(character.isalpha() for character in cleaned):
        raise ValueError("is no name")
    return cleaned


Day = Annotated[date, BeforeValidator(_first_ten)]


class CheckAvailability(BaseModel):
    date: Day
    service_type: str = Field(default="", alias="serviceType")


class BookClinicAppointment(BaseModel):
    appointment_date: Day = Field(alias="appointmentDate")
    appointment_time: time = Field(alias="appointmentTime")
    patient_name: Annotated[str, Field(max_length=200), AfterValidator(_clean)] = Field(alias="patientName")
    patient_phone: str = Field(default="", alias="patientPhone")
    patient_email: str | None = Field(
        default=None, alias="patientEmail", max_length=200, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$"
    )
    service_type: str = Field(default="", alias="serviceType")

    def phone(self, caller: str) -> str | None:
        """The patient's number in E.164, else the one they call from. Raises ValueError."""
        try:
            number = phonenumbers.parse(self.patient_phone or caller, "US")
        except phonenumbers.NumberParseException:
            if self.patient_phone:
                raise ValueError("patientPhone is no number") from None
            return None
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
