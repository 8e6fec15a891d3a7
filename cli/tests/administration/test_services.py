import pytest

from cli.tests.administration.fake_gateway import LAKESIDE

SERVICES = "/api/services"
CLEANING = {
    "id": "s-1",
    "name": "Cleaning",
    "duration_minutes": 45,
    "step_minutes": 15,
    "buffer_before_minutes": 0,
    "buffer_after_minutes": 0,
    "lead_time_minutes": 0,
    "horizon_days": 180,
    "default_service": True,
    "synonyms": ["hygiene"],
    "calendar_ids": [],
}
IN = ("-o", "Lakeside Dental")


@pytest.fixture
def cleaning(gateway):
    """The one service of the clinic, which has two calendars."""
    gateway.will_list(SERVICES, CLEANING)
    gateway.will_list(
        "/api/calendars", *({"id": f"c-{name.lower()}", "name": f"Dr. {name}"} for name in ("Lake", "Sea"))
    )
    gateway.will_answer("POST", SERVICES, CLEANING, 201)
    gateway.will_answer("PATCH", f"{SERVICES}/s-1", CLEANING)
    return gateway


def change(gateway):
    (one,) = gateway.changes
    assert one.organization == LAKESIDE["id"]
    return one.body


def test_services_are_listed(switchboard, cleaning):
    result = switchboard("services", "list", *IN)

    for told in ("Cleaning", "45", "hygiene", "yes"):
        assert told in result.stdout


def test_a_service_is_created_of_what_is_named(switchboard, cleaning):
    switchboard("services", "create", "Cleaning", "--duration", "45", *IN)

    assert change(cleaning) == {"name": "Cleaning", "duration_minutes": 45}


def test_calendars_are_named_as_people_call_them(switchboard, cleaning):
    more = ("--calendar", "dr. lake", "--calendar", "c-sea", "--synonym", "hygiene", "--no-default")
    switchboard("services", "update", "Cleaning", *more, *IN)

    assert change(cleaning) == {
        "calendar_ids": ["c-lake", "c-sea"],
        "synonyms": ["hygiene"],
        "default_service": False,
    }


def test_a_list_is_emptied_by_naming_nothing(switchboard, cleaning):
    switchboard("services", "update", "Cleaning", "--calendar", "", "--synonym", "", *IN)

    assert change(cleaning) == {"calendar_ids": [], "synonyms": []}


def test_a_service_is_deleted_by_its_name(switchboard, cleaning):
    cleaning.will_answer("DELETE", f"{SERVICES}/s-1", status=204)

    assert "Cleaning is booked no more" in switchboard("services", "delete", "cleaning", *IN).stdout
