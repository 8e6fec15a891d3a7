"""What staff do over HTTP on a running set: under the rules that hold for callers, and seen by callers at once."""

import asyncio
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chassis.deadline import deadline_scope
from chassis.tenant import establish, tenant_scope
from switchboard.booking.v1.call_service_pb2 import RecordCallRequest
from switchboard.booking.v1.call_service_pb2_grpc import CallServiceStub
from switchboard_cli.stack.backends import Backends
from tests.system.administering import Desk, new_number
from tests.system.running import Running
from tests.system.test_webhook import flat_arguments

ZONE = ZoneInfo("America/New_York")
MORNINGS = [{"weekday": day, "opens": "08:00", "closes": "12:00"} for day in range(1, 8)]


class Practice:
    """An organization of a test's own, with a calendar, a service and a contact, worked with by its own key."""

    def __init__(self, desk: Desk, running: Running) -> None:
        self.desk = desk
        self.running = running
        self.day = datetime.now(ZONE).date() + timedelta(days=3)
        self.id = self.key = self.number = ""
        self.calendar: dict[str, Any] = {}
        self.service: dict[str, Any] = {}
        self.contact: dict[str, Any] = {}

    async def open(self) -> None:
        self.id = (await self.desk.new_organization())["id"]
        self.key = (await self.desk.new_key(self.id))["api_key"]
        self.number = (await self.desk.new_mapping(self.id))["inbound_phone_number"]
        calendar = {"name": "Dr. Lake", "timezone": ZONE.key, "opening_hours": MORNINGS}
        self.calendar = await self.told("POST", "/api/calendars", calendar)
        service = {"name": "Cleaning", "duration_minutes": 30, "synonyms": ["hygiene"], "default_service": True}
        self.service = await self.told("POST", "/api/services", service)
        contact = {"name": "Odile Ferrant", "phone": new_number(), "email": "odile@example.com"}
        self.contact = await self.told("POST", "/api/contacts", contact)

    async def ask(self, method: str, path: str, body: Any = None, **params: str) -> Any:
        return await self.desk.ask(method, path, body, key=self.key, **params)

    async def told(self, method: str, path: str, body: Any = None, **params: str) -> Any:
        return await self.desk.told(method, path, body, key=self.key, **params)

    async def book(self, hour: int, minute: int = 0, **changed: str) -> Any:
        return await self.ask("POST", "/api/appointments", self.wish(hour, minute) | changed)

    def wish(self, hour: int, minute: int = 0) -> dict[str, str]:
        return {
            "calendar_id": self.calendar["id"],
            "service_id": self.service["id"],
            "contact_id": self.contact["id"],
            "starts_at": self.at(hour, minute),
        }

    def at(self, hour: int, minute: int = 0, day: date | None = None) -> str:
        return datetime.combine(day or self.day, time(hour, minute), ZONE).isoformat()

    async def call(self, tool: str, **arguments: str) -> str:
        """What a caller hears."""
        message = {"type": "tool-calls", "phoneNumber": {"number": self.number}, **flat_arguments(tool, arguments)}
        message |= {"call": {"id": f"call-{new_number()}"}, "customer": {"number": self.contact["phone"]}}
        headers = {"X-Vapi-Secret": self.running.stack.webhook_secret}
        url = f"{self.desk.gateway_url}/api/vapi/webhook"
        answer = await self.desk.http.post(url, json={"message": message}, headers=headers)
        (result,) = answer.json()["results"]
        return str(result["result"])


@pytest.fixture
async def practice(desk: Desk, running: Running) -> Practice:
    practice = Practice(desk, running)
    await practice.open()
    return practice


# --- Calendars and services ------------------------------------------------------------------------------------------


async def test_a_calendar_is_made_read_changed_and_taken_out_of_use(practice: Practice) -> None:
    path = f"/api/calendars/{practice.calendar['id']}"

    assert practice.calendar["opening_hours"] == MORNINGS
    assert await practice.told("GET", path) == practice.calendar
    closures = [{"first_day": "2027-12-24", "last_day": "2027-12-26", "reason": "Holidays"}]
    changed = await practice.told("PATCH", path, {"closures": closures})
    assert changed == practice.calendar | {
        "closures": [{**closures[0], "from_time": None, "until_time": None}],
    }
    assert (await practice.told("GET", "/api/calendars"))["items"] == [changed]
    assert (await practice.ask("DELETE", path)).status_code == 204
    assert (await practice.ask("GET", path)).status_code == 404
    assert (await practice.told("GET", "/api/calendars"))["items"] == []


async def test_a_calendar_that_is_shown_can_be_sent_back(practice: Practice) -> None:
    path = f"/api/calendars/{practice.calendar['id']}"
    full = {
        "closures": [
            {"first_day": "2027-12-24", "from_time": "10:00", "until_time": "24:00"},
            {"first_day": "2027-05-01"},
        ],
        "extra_openings": [{"day": "2027-12-31", "opens": "09:00", "closes": "24:00"}],
    }
    shown = await practice.told("PATCH", path, full)

    sent_back = {name: value for name, value in shown.items() if name != "id"}
    assert await practice.told("PATCH", path, sent_back) == shown


async def test_a_calendar_made_twice_under_one_id_is_one(practice: Practice) -> None:
    again = practice.calendar | {"name": "Somebody else"}

    assert await practice.told("POST", "/api/calendars", again) == practice.calendar


async def test_a_calendar_with_appointments_to_come_stays(practice: Practice) -> None:
    appointment = (await practice.book(9)).json()
    path = f"/api/calendars/{practice.calendar['id']}"

    refused = await practice.ask("DELETE", path)

    assert (refused.status_code, refused.json()["code"]) == (409, "CALENDAR_IN_USE")
    assert (await practice.ask("DELETE", f"/api/appointments/{appointment['id']}")).status_code == 204
    assert (await practice.ask("DELETE", path)).status_code == 204


async def test_of_days_that_staff_close_and_open_in_one_moment_all_are_closed_and_opened(practice: Practice) -> None:
    path = f"/api/calendars/{practice.calendar['id']}"
    days = [str(practice.day + timedelta(days=days)) for days in range(8)]
    closures = [practice.told("POST", f"{path}/closures", {"first_day": day}) for day in days]
    openings = [
        practice.told("POST", f"{path}/extra-openings", {"day": day, "opens": "18:00", "closes": "19:00"})
        for day in days
    ]

    await asyncio.gather(*closures, *openings)

    calendar = await practice.told("GET", path)
    assert [one["first_day"] for one in calendar["closures"]] == days
    assert [one["day"] for one in calendar["extra_openings"]] == days
    reset = await practice.told("DELETE", f"{path}/days/{days[0]}")
    assert (
        [one["first_day"] for one in reset["closures"]] == [one["day"] for one in reset["extra_openings"]] == days[1:]
    )
    refused = await practice.ask("DELETE", f"{path}/days/tomorrow")
    assert (refused.status_code, refused.json()["code"]) == (400, "MALFORMED_CLOSURE")


async def test_a_calendar_that_is_called_as_another_is_a_409(practice: Practice) -> None:
    refused = await practice.ask("POST", "/api/calendars", {"name": "DR. lake", "timezone": "UTC"})

    assert (refused.status_code, refused.json()["code"]) == (409, "CALENDAR_NAME_TAKEN")


@pytest.mark.parametrize("part", ["feeds", "busy-sources", "conflicts", "connections", "drift"])
async def test_of_anothers_calendar_nothing_is_listed(
    practice: Practice, desk: Desk, running: Running, part: str
) -> None:
    other = Practice(desk, running)
    await other.open()

    refused = await practice.ask("GET", f"/api/calendars/{other.calendar['id']}/{part}")

    assert (refused.status_code, refused.json()["code"]) == (404, "CALENDAR_NOT_FOUND")
    assert (await other.told("GET", f"/api/calendars/{other.calendar['id']}/{part}"))["items"] == []


async def test_callers_hear_at_once_that_a_day_is_closed_and_that_it_is_open_again(practice: Practice) -> None:
    path, day = f"/api/calendars/{practice.calendar['id']}", str(practice.day)
    before = await practice.call("checkAvailability", date=day)

    await practice.told("PATCH", path, {"closures": [{"first_day": day, "reason": "A secret reason"}]})
    closed = await practice.call("checkAvailability", date=day)
    await practice.told("PATCH", path, {"closures": []})

    assert "closed" in closed.lower()
    assert "secret reason" not in closed
    assert await practice.call("checkAvailability", date=day) == before


async def test_a_service_is_made_read_changed_and_taken_out_of_use(practice: Practice) -> None:
    path = f"/api/services/{practice.service['id']}"

    assert await practice.told("GET", path) == practice.service
    changed = await practice.told("PATCH", path, {"duration_minutes": 45, "calendar_ids": [practice.calendar["id"]]})
    assert changed == practice.service | {"duration_minutes": 45, "calendar_ids": [practice.calendar["id"]]}
    assert (await practice.ask("DELETE", path)).status_code == 204
    assert (await practice.told("GET", "/api/services"))["items"] == []
    again = {"name": "Cleaning", "duration_minutes": 20, "default_service": True}
    assert (await practice.ask("POST", "/api/services", again)).status_code == 201


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"name": "Cleaning"}, "SERVICE_NAME_TAKEN"),
        ({"name": "Filling", "default_service": True}, "DEFAULT_SERVICE_EXISTS"),
    ],
)
async def test_a_service_that_is_there_already_is_a_409(practice: Practice, body: dict[str, Any], code: str) -> None:
    answer = await practice.ask("POST", "/api/services", {"duration_minutes": 30, **body})

    assert (answer.status_code, answer.json()["code"]) == (409, code)


# --- Appointments ----------------------------------------------------------------------------------------------------


async def test_an_appointment_is_booked_read_moved_and_cancelled(practice: Practice) -> None:
    made = await practice.book(9, 7)
    appointment = made.json()
    path = f"/api/appointments/{appointment['id']}"

    assert made.status_code == 201
    assert (appointment["status"], appointment["patient_name"]) == ("booked", "Odile Ferrant")
    assert datetime.fromisoformat(appointment["starts_at"]) == datetime.fromisoformat(practice.at(9, 7))
    assert await practice.told("GET", path) == appointment
    moved = await practice.told("PATCH", path, {"starts_at": practice.at(10)})
    assert (moved["id"], moved["status"]) == (appointment["id"], "booked")
    assert datetime.fromisoformat(moved["starts_at"]) == datetime.fromisoformat(practice.at(10))
    assert (await practice.book(9, 7)).status_code == 201
    assert (await practice.ask("DELETE", path)).status_code == 204
    assert (await practice.told("GET", path))["status"] == "cancelled"
    assert (await practice.book(10)).status_code == 201


async def test_a_time_that_staff_booked_is_offered_to_no_caller_and_one_that_a_caller_booked_to_no_staff(
    practice: Practice,
) -> None:
    await practice.book(9)
    day = str(practice.day)

    taken = await practice.call(
        "bookClinicAppointment", appointmentDate=day, appointmentTime="09:00", patientName="Ben Sample"
    )
    booked = await practice.call(
        "bookClinicAppointment", appointmentDate=day, appointmentTime="10:00", patientName="Ben Sample"
    )
    refused = await practice.book(10)

    assert "booked" not in taken
    assert "10 AM" in booked
    assert (refused.status_code, refused.json()["code"]) == (409, "TIME_TAKEN")
    assert "Ben" not in refused.text


@pytest.mark.parametrize(
    ("hour", "days", "code"),
    [(13, 0, "TIME_CLOSED"), (9, -30, "TIME_PAST"), (9, 365, "TIME_TOO_FAR_AHEAD")],
)
async def test_a_time_that_cannot_be_had_is_named(practice: Practice, hour: int, days: int, code: str) -> None:
    starts_at = practice.at(hour, day=practice.day + timedelta(days=days))

    answer = await practice.book(hour, starts_at=starts_at)

    assert (answer.status_code, answer.json()["code"]) == (409, code)


async def test_a_refused_move_leaves_the_appointment_where_it_is(practice: Practice) -> None:
    await practice.book(9)
    appointment = (await practice.book(10)).json()
    path = f"/api/appointments/{appointment['id']}"

    refused = await practice.ask("PATCH", path, {"starts_at": practice.at(9, 15)})

    assert (refused.status_code, refused.json()["code"]) == (409, "TIME_TAKEN")
    assert await practice.told("GET", path) == appointment


async def test_of_many_who_book_one_time_one_has_it(practice: Practice) -> None:
    answers = await asyncio.gather(*(practice.book(9, minute) for minute in range(0, 30, 2)))

    codes = sorted(answer.status_code for answer in answers)
    assert codes == [201, *[409] * 14]


@pytest.mark.parametrize("field", ["calendar_id", "service_id", "contact_id"])
async def test_nothing_is_booked_with_what_is_anothers(
    practice: Practice, desk: Desk, running: Running, field: str
) -> None:
    other = Practice(desk, running)
    await other.open()

    answer = await practice.ask("POST", "/api/appointments", practice.wish(9) | {field: other.wish(9)[field]})

    assert (answer.status_code, answer.json()["code"]) == (404, f"{field.removesuffix('_id').upper()}_NOT_FOUND")


async def test_appointments_are_found_by_time_calendar_contact_and_status(practice: Practice) -> None:
    nine, ten, eleven = [(await practice.book(hour)).json() for hour in (9, 10, 11)]
    await practice.ask("DELETE", f"/api/appointments/{eleven['id']}")
    nobody = "00000000-0000-4000-8000-000000000000"

    async def found(**asked: str) -> list[str]:
        return [
            item["id"] for item in await practice.desk.every("/api/appointments", key=practice.key, limit="1", **asked)
        ]

    assert await found() == [nine["id"], ten["id"], eleven["id"]]
    assert await found(**{"from": practice.at(10)}) == [ten["id"], eleven["id"]]
    assert await found(to=practice.at(10)) == [nine["id"]]
    assert await found(**{"from": practice.at(9, 1), "to": practice.at(10, 1)}) == [ten["id"]]
    assert await found(status="cancelled") == [eleven["id"]]
    assert await found(calendar_id=practice.calendar["id"], contact_id=practice.contact["id"], status="booked") == [
        nine["id"],
        ten["id"],
    ]
    assert await found(calendar_id=nobody) == await found(contact_id=nobody) == []


# --- Contacts and calls ----------------------------------------------------------------------------------------------


async def test_a_contact_is_one_however_often_they_are_added(practice: Practice) -> None:
    again = {"name": "odile  FERRANT", "phone": practice.contact["phone"]}

    answer = await practice.ask("POST", "/api/contacts", again)

    assert (answer.status_code, answer.json()["id"]) == (201, practice.contact["id"])
    assert len((await practice.told("GET", "/api/contacts"))["items"]) == 1


async def test_contacts_are_searched_by_name_number_and_address(practice: Practice) -> None:
    other = await practice.told("POST", "/api/contacts", {"name": "Ben Sample", "email": "ben@example.com"})

    async def found(search: str) -> list[str]:
        return [item["id"] for item in (await practice.told("GET", "/api/contacts", search=search))["items"]]

    assert await found("odile") == await found(practice.contact["phone"]) == [practice.contact["id"]]
    assert await found("ben@example.com") == [other["id"]]
    assert await found("%") == await found("nobody") == []


async def test_what_is_null_is_forgotten(practice: Practice) -> None:
    path = f"/api/contacts/{practice.contact['id']}"

    changed = await practice.told("PATCH", path, {"email": None})

    assert changed == practice.contact | {"email": None, "updated_at": changed["updated_at"]}


async def test_a_contact_becomes_nobody_else(practice: Practice) -> None:
    other = await practice.told("POST", "/api/contacts", {"name": "Ben Sample", "phone": practice.contact["phone"]})

    answer = await practice.ask("PATCH", f"/api/contacts/{other['id']}", {"name": "Odile Ferrant"})

    assert (answer.status_code, answer.json()["code"]) == (409, "CONTACT_EXISTS")
    assert practice.contact["id"] not in answer.text


async def test_a_person_is_exported_erased_and_then_nobody_knows_them(practice: Practice) -> None:
    appointment = (await practice.book(9)).json()
    path = f"/api/contacts/{practice.contact['id']}"

    exported = await practice.told("GET", f"{path}/export")
    receipt = await practice.told("DELETE", path)

    assert exported["contact"]["name"] == "Odile Ferrant"
    assert [one["id"] for one in exported["appointments"]] == [appointment["id"]]
    assert (receipt["contact_id"], receipt["appointments"], receipt["cancelled"]) == (practice.contact["id"], 1, 1)
    assert "Odile" not in str(receipt)
    for method, where in (("GET", path), ("GET", f"{path}/export"), ("DELETE", path)):
        answer = await practice.ask(method, where)
        assert (answer.status_code, answer.json()["code"]) == (404, "CONTACT_NOT_FOUND")
    left = await practice.told("GET", f"/api/appointments/{appointment['id']}")
    assert (left["status"], left["contact_id"], left["patient_name"]) == ("cancelled", None, "")
    assert (await practice.told("GET", "/api/appointments"))["items"] == [left]
    assert (await practice.book(9)).json()["code"] == "CONTACT_NOT_FOUND"


async def test_calls_are_shown_with_what_was_booked_in_them(practice: Practice, running: Running) -> None:
    await practice.call(
        "bookClinicAppointment", appointmentDate=str(practice.day), appointmentTime="9am", patientName="Ben Sample"
    )
    (appointment,) = (await practice.told("GET", "/api/appointments"))["items"]
    record = RecordCallRequest(
        vapi_call_id=appointment["vapi_call_id"], status="ended", ended_reason="customer-ended-call", cost=0.12
    )
    with tenant_scope(establish(practice.id)), deadline_scope(10):
        async with Backends.of(running.stack, running.home.operator_token) as backends:
            await backends.booking.stub(CallServiceStub).RecordCall(record)

    (call,) = (await practice.told("GET", "/api/calls"))["items"]

    assert call["appointment_ids"] == [appointment["id"]]
    assert (call["ended_reason"], call["cost"], call["summary"]) == ("customer-ended-call", 0.12, None)
    whole = call | {"transcript": None, "structured_data": None}
    assert await practice.told("GET", f"/api/calls/{call['id']}") == whole
