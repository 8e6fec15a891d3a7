"""The log says who did what, by ids; nothing of a person is in it."""

from typing import Any

from structlog.testing import capture_logs

from chassis.logs import ALLOWED_KEYS
from switchboard.booking.v1.appointment_service_pb2 import Appointment


async def test_each_thing_that_staff_do_is_a_line_that_names_who_did_it_and_nobody_else(desk: Any) -> None:
    with capture_logs() as lines:
        ana = await desk.contact(email="ana@example.com")
        await desk.change_contact(ana.id, name="Ana Exempla-Sample")
        made = await desk.make_appointment(ana.id, "10:00")
        await desk.change_appointment(made.id, calendar_id=desk.other_calendar_id)
        await desk.change_appointment(made.id, status=Appointment.CANCELLED)
        await desk.export(ana.id)
        await desk.erase(ana.id)

    deeds = [line for line in lines if "subject" in line]
    assert [(line["event"], line["subject"]) for line in deeds] == [
        ("contact.created", ana.id),
        ("contact.updated", ana.id),
        ("appointment.created", made.id),
        ("appointment.updated", made.id),
        ("appointment.cancelled", made.id),
        ("contact.exported", ana.id),
        ("contact.erased", ana.id),
    ]
    assert {(line["actor"], line["caller"]) for line in deeds} == {("unproven", "unproven")}
    assert all(line.keys() - {"log_level"} <= ALLOWED_KEYS for line in deeds)
    assert not any(canary in str(lines).lower() for canary in ("exempla", "example.com", "4155550123"))
