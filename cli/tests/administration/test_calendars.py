import json

import pytest

from cli.tests.administration.fake_gateway import LAKESIDE
from switchboard_cli.administration.errors import Unreadable
from switchboard_cli.administration.hours import read_week

CALENDARS = "/api/calendars"
MORNING = {"weekday": 1, "opens": "08:00", "closes": "12:00"}
CLOSURE = {"first_day": "2027-12-24", "last_day": "2027-12-26", "from_time": None, "until_time": None, "reason": ""}
OPENING = {"day": "2027-12-31", "opens": "09:00", "closes": "11:00"}
LAKE = {
    "id": "c-1",
    "name": "Dr. Lake",
    "timezone": "Europe/Berlin",
    "opening_hours": [MORNING | {"weekday": day} for day in (1, 2, 3, 5)]
    + [MORNING | {"opens": "13:00", "closes": "17:00"}],
    "closures": [CLOSURE],
    "extra_openings": [OPENING],
}
IN = ("-o", "Lakeside Dental")


@pytest.fixture
def lake(gateway):
    """The one calendar of the clinic; what is sent to it is answered with it."""
    gateway.will_list(CALENDARS, LAKE)
    gateway.will_answer("PATCH", f"{CALENDARS}/c-1", LAKE)
    return gateway


def change(gateway):
    (one,) = gateway.changes
    assert one.organization == LAKESIDE["id"]
    return one.body


def test_calendars_are_listed_with_days_that_are_alike_in_a_line(switchboard, lake):
    result = switchboard("calendars", "list", *IN)

    for told in ("Dr. Lake", "Europe/Berlin", "mon 08:00-12:00 13:00-17:00", "tue-wed 08:00-12:00", "fri 08:00-12:00"):
        assert told in result.stdout
    assert {one.organization for one in lake.asked if one.path == CALENDARS} == {LAKESIDE["id"]}


def test_a_calendar_is_shown_with_its_closures_and_extra_openings(switchboard, lake):
    result = switchboard("calendars", "show", "dr. lake", *IN)

    assert "first_day=2027-12-24" in result.stdout
    assert "day=2027-12-31" in result.stdout


def test_a_calendar_is_created_with_its_week(switchboard, gateway):
    gateway.will_answer("POST", CALENDARS, LAKE, 201)
    week = ("--hours", "mon-tue 8:00-12:00 13:00-17:00", "--hours", "sat 09:00-12:00")

    result = switchboard("calendars", "create", "Dr. Lake", "--timezone", "Europe/Berlin", *week, *IN)

    assert result.exit_code == 0
    assert change(gateway) == {
        "name": "Dr. Lake",
        "timezone": "Europe/Berlin",
        "opening_hours": [
            {"weekday": 1, "opens": "08:00", "closes": "12:00"},
            {"weekday": 1, "opens": "13:00", "closes": "17:00"},
            {"weekday": 2, "opens": "08:00", "closes": "12:00"},
            {"weekday": 2, "opens": "13:00", "closes": "17:00"},
            {"weekday": 6, "opens": "09:00", "closes": "12:00"},
        ],
    }


def test_what_is_not_named_is_not_sent(switchboard, lake):
    switchboard("calendars", "update", "Dr. Lake", "--name", "Dr. Sea", *IN)

    assert change(lake) == {"name": "Dr. Sea"}


def test_a_change_of_nothing_is_refused(switchboard, lake):
    assert switchboard("calendars", "update", "Dr. Lake", *IN).exit_code == 2
    assert lake.changes == []


@pytest.mark.parametrize(
    ("arguments", "closure"),
    [
        (("2027-05-01",), {"first_day": "2027-05-01", "last_day": "2027-05-01", "reason": ""}),
        (
            ("2027-05-01", "2027-05-07", "--hours", "12:00-24:00", "--reason", "Course"),
            {
                "first_day": "2027-05-01",
                "last_day": "2027-05-07",
                "reason": "Course",
                "from_time": "12:00",
                "until_time": "24:00",
            },
        ),
    ],
)
def test_a_closure_is_added_alone_so_that_a_colleagues_is_not_lost(switchboard, lake, arguments, closure):
    lake.will_answer("POST", f"{CALENDARS}/c-1/closures", LAKE, 201)

    result = switchboard("calendars", "close", "Dr. Lake", *arguments, *IN)

    assert "first_day=2027-12-24" in result.stdout
    assert change(lake) == closure


def test_an_extra_opening_is_added_alone(switchboard, lake):
    lake.will_answer("POST", f"{CALENDARS}/c-1/extra-openings", LAKE, 201)

    result = switchboard("calendars", "open", "Dr. Lake", "2027-05-01", "9:00-12:00", *IN)

    assert "day=2027-12-31" in result.stdout
    assert change(lake) == {"day": "2027-05-01", "opens": "09:00", "closes": "12:00"}


def test_what_was_said_of_a_day_is_taken_back(switchboard, lake):
    lake.will_answer("DELETE", f"{CALENDARS}/c-1/days/2027-12-24", LAKE)

    result = switchboard("calendars", "reset", "Dr. Lake", "2027-12-24", *IN)

    assert "Dr. Lake" in result.stdout
    assert change(lake) is None


def test_what_is_booked_here_and_busy_elsewhere_is_listed(switchboard, lake):
    times = {"starts_at": "2027-03-09T10:00:00Z", "ends_at": "2027-03-09T10:30:00Z"}
    conflict = {
        "appointment_id": "a-1",
        "calendar_id": "c-1",
        **times,
        "busy_times": [{"busy_source_id": "s", **times}],
    }
    lake.will_list(f"{CALENDARS}/c-1/conflicts", conflict)

    result = switchboard("calendars", "conflicts", "Dr. Lake", *IN)

    assert "2027-03-09 10:00:00Z" in result.stdout
    assert "busy_source_id=s" in result.stdout


def test_a_calendar_is_deleted_by_its_name(switchboard, lake):
    lake.will_answer("DELETE", f"{CALENDARS}/c-1", status=204)

    result = switchboard("calendars", "delete", "Dr. Lake", *IN)

    assert "Dr. Lake is booked no more" in result.stdout


def test_a_calendar_that_is_not_there_is_one_sentence(switchboard, lake):
    result = switchboard("calendars", "show", "Dr. Nobody", *IN)

    assert result.exit_code == 1
    assert "No calendar is called 'Dr. Nobody'" in result.stderr


@pytest.mark.parametrize(
    "hours", ["always", "mon", "mon 8-12", "mon-xyz 08:00-12:00", "mon 08:00", "mon 08:00-12:00,13:00-17:00", ""]
)
def test_hours_that_cannot_be_read_make_nothing(switchboard, gateway, hours):
    result = switchboard("calendars", "create", "Dr. Lake", "--timezone", "UTC", "--hours", hours, *IN)

    assert result.exit_code == 1
    assert "mon-fri" in result.stderr
    assert gateway.changes == []


def test_a_week_may_begin_on_any_day():
    assert [one["weekday"] for one in read_week(["sat-mon 08:00-12:00"])] == [6, 7, 1]


def test_hours_that_are_none_are_named():
    with pytest.raises(Unreadable, match="'tuesdays'"):
        read_week(["tuesdays"])


def test_a_machine_gets_what_the_gateway_told(switchboard, lake):
    assert json.loads(switchboard("calendars", "list", "--json", *IN).stdout) == [LAKE]
