import pytest

from cli.tests.administration.fake_gateway import LAKESIDE
from switchboard_cli.administration.errors import Unreadable
from switchboard_cli.administration.instants import read_local

APPOINTMENTS = "/api/appointments"
ODILE = {"id": "p-1", "name": "Odile Ferrant", "phone": "+12065550177", "email": None}
BOOKED = {
    "id": "a-1",
    "calendar_id": "c-1",
    "service_id": "s-1",
    "contact_id": "p-1",
    "patient_name": "Odile Ferrant",
    "starts_at": "2027-03-09T09:00:00Z",
    "ends_at": "2027-03-09T09:30:00Z",
    "status": "booked",
    "vapi_call_id": None,
}
IN = ("-o", "Lakeside Dental")


@pytest.fixture
def clinic(gateway):
    gateway.will_list("/api/calendars", {"id": "c-1", "name": "Dr. Lake", "timezone": "Europe/Berlin"})
    gateway.will_list("/api/services", {"id": "s-1", "name": "Cleaning"})
    gateway.will_list("/api/contacts", ODILE)
    gateway.will_list(APPOINTMENTS, BOOKED)
    gateway.will_answer("GET", f"{APPOINTMENTS}/a-1", BOOKED)
    gateway.will_answer("POST", APPOINTMENTS, BOOKED, 201)
    gateway.will_answer("PATCH", f"{APPOINTMENTS}/a-1", BOOKED)
    return gateway


def change(gateway):
    (one,) = gateway.changes
    assert one.organization == LAKESIDE["id"]
    return one.body


def test_appointments_are_listed_by_what_is_asked(switchboard, clinic):
    asked = (
        "--from",
        "2027-03-09T00:00:00+01:00",
        "--calendar",
        "Dr. Lake",
        "--contact",
        "Odile",
        "--status",
        "no_show",
    )
    result = switchboard("appointments", "list", *asked, *IN)

    assert "Odile Ferrant" in result.stdout
    assert clinic.asked[-1].query == {
        "from": "2027-03-09T00:00:00+01:00",
        "calendar_id": "c-1",
        "contact_id": "p-1",
        "status": "no_show",
        "limit": "100",
    }


def test_an_appointment_is_booked_by_names_and_on_the_calendars_clock(switchboard, clinic):
    named = ("Odile", "--calendar", "Dr. Lake", "--service", "cleaning", "--at", "2027-03-09T10:00")
    result = switchboard("appointments", "book", *named, *IN)

    assert "Odile Ferrant" in result.stdout
    assert change(clinic) == {
        "calendar_id": "c-1",
        "service_id": "s-1",
        "contact_id": "p-1",
        "starts_at": "2027-03-09T10:00:00+01:00",
    }


def test_an_appointment_is_moved_on_the_clock_of_its_own_calendar(switchboard, clinic):
    switchboard("appointments", "move", "a-1", "--at", "2027-07-09T10:00", *IN)

    assert change(clinic) == {"calendar_id": "c-1", "starts_at": "2027-07-09T10:00:00+02:00"}


def test_an_appointment_is_cancelled(switchboard, clinic):
    clinic.will_answer("DELETE", f"{APPOINTMENTS}/a-1", status=204)

    assert "free again" in switchboard("appointments", "cancel", "a-1", *IN).stdout


def test_it_is_said_how_an_appointment_ended(switchboard, clinic):
    switchboard("appointments", "end", "a-1", "no_show", *IN)

    assert change(clinic) == {"status": "no_show"}


def test_whom_a_search_finds_twice_is_nobody(switchboard, clinic):
    clinic.will_list("/api/contacts", ODILE, ODILE | {"id": "p-2"})
    named = ("Odile", "--calendar", "Dr. Lake", "--service", "cleaning", "--at", "2027-03-09T10:00")

    result = switchboard("appointments", "book", *named, *IN)

    assert result.exit_code == 1
    assert "p-1" in result.stderr
    assert "p-2" in result.stderr
    assert clinic.changes == []


def test_an_offset_that_is_written_is_taken():
    assert read_local("2027-03-09T10:00-05:00", "Europe/Berlin") == "2027-03-09T10:00:00-05:00"


@pytest.mark.parametrize("time", ["2027-03-28T02:30", "2027-10-31T02:30"])
def test_a_time_that_is_there_twice_or_not_at_all_is_asked_about(time):
    with pytest.raises(Unreadable, match="offset"):
        read_local(time, "Europe/Berlin")


def test_a_time_that_is_none_is_named():
    with pytest.raises(Unreadable, match="'ten'"):
        read_local("ten", "Europe/Berlin")
