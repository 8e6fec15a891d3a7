"""Who calls is named by the number that the call comes from, and by nothing else."""

from typing import Any

import pytest

from switchboard.booking.v1.contact_service_pb2 import GetCallerNameRequest
from switchboard.booking.v1.contact_service_pb2_grpc import ContactServiceStub

NUMBER, ANOTHER, LINE = "+14155550123", "+14155550124", "+12065550142"


async def name_of(clinic: Any, caller_number: str = NUMBER, called_number: str = LINE) -> str:
    request = GetCallerNameRequest(caller_number=caller_number, called_number=called_number)
    return str((await clinic.ask(ContactServiceStub, "GetCallerName", request)).name)


async def test_the_one_contact_of_a_number_is_who_calls_from_it(desk: Any) -> None:
    await desk.contact("Ana Exempla", NUMBER)
    await desk.contact("Ben Sample", ANOTHER)

    assert await name_of(desk) == "Ana Exempla"


async def test_who_booked_from_a_number_calls_from_it(desk: Any) -> None:
    await desk.book(patient_name="Ana Exempla", caller_number=NUMBER)

    assert await name_of(desk) == "Ana Exempla"


async def test_of_several_who_share_a_number_nobody_is_named(desk: Any) -> None:
    for name in ("Mia Exempla", "Leo Exempla"):
        await desk.contact(name, NUMBER)

    assert await name_of(desk) == ""


async def test_nobody_is_named_by_what_somebody_else_told_of_their_number(desk: Any) -> None:
    await desk.book(patient_name="Ben Sample", patient_phone=NUMBER, caller_number=ANOTHER)

    assert await name_of(desk) == ""


async def test_another_organizations_contact_is_nobody(desk: Any, open_clinic: Any) -> None:
    await (await open_clinic()).contact("Ana Exempla", NUMBER)

    assert await name_of(desk) == ""


@pytest.mark.parametrize("caller_number", ["", "anonymous", "+86282452253", "Ana Exempla", "%", "\0"])
async def test_a_number_that_nobody_has_names_nobody(desk: Any, caller_number: str) -> None:
    await desk.contact("Ana Exempla", "", email="ana@example.com")

    assert await name_of(desk, caller_number) == ""


async def test_a_call_that_was_passed_on_from_the_clinics_own_line_names_nobody(desk: Any) -> None:
    await desk.contact("Ana Exempla", LINE)

    assert await name_of(desk, LINE, LINE) == ""
