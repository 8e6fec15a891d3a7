import json

import pytest

from cli.tests.administration.fake_gateway import LAKESIDE

LAKE = {"id": "c-1", "name": "Dr. Lake", "timezone": "Europe/Berlin"}
OF_LAKE = "/api/calendars/c-1"
LINK = "https://us.example/feeds/s3cret.ics"
FEED = {"id": "f-1", "calendar_id": "c-1", "with_names": True, "created_at": "2027-03-02T15:06:40Z"}
SOURCE = {
    "id": "s-1",
    "calendar_id": "c-1",
    "name": "Outlook",
    "host": "outlook.example",
    "created_at": "2027-03-02T15:06:40Z",
    "read_at": None,
    "failure": "denied",
}
CONNECTION = {
    "id": "n-1",
    "calendar_id": "c-1",
    "url": "https://dav.example/lake/",
    "username": "lake",
    "with_names": False,
    "created_at": "2027-03-02T15:06:40Z",
    "pushed_at": "2027-03-02T15:07:40Z",
    "looked_at": None,
    "waiting": 2,
    "trouble": "denied",
    "ending": False,
}
PASSWORD = "app-specific-5f3a"
IN = ("-o", "Lakeside Dental")


@pytest.fixture
def lake(gateway):
    gateway.will_list("/api/calendars", LAKE)
    return gateway


def change(gateway):
    (one,) = gateway.changes
    assert one.organization == LAKESIDE["id"]
    return one.body


def test_a_link_is_shown_once_and_alone(switchboard, lake):
    lake.will_answer("POST", f"{OF_LAKE}/feeds", FEED | {"url": LINK}, 201)

    result = switchboard("feeds", "create", "dr. lake", "--with-names", *IN)

    assert result.stdout == f"{LINK}\n"
    assert "f-1" in result.stderr
    assert change(lake) == {"with_names": True}


def test_a_link_shows_no_names_unless_that_is_asked_for(switchboard, lake):
    lake.will_answer("POST", f"{OF_LAKE}/feeds", FEED | {"url": LINK}, 201)

    switchboard("feeds", "create", "Dr. Lake", *IN)

    assert change(lake) == {"with_names": False}


def test_links_are_listed_and_revoked(switchboard, lake):
    lake.will_list(f"{OF_LAKE}/feeds", FEED)
    lake.will_answer("DELETE", "/api/feeds/f-1", status=204)

    listed = switchboard("feeds", "list", "Dr. Lake", *IN)
    revoked = switchboard("feeds", "revoke", "f-1", *IN)

    assert "f-1" in listed.stdout
    assert "yes" in listed.stdout
    assert "leads nowhere" in revoked.stdout


def test_a_busy_source_is_added_by_a_link_that_stands_in_no_history(switchboard, lake, tmp_path):
    lake.will_answer("POST", f"{OF_LAKE}/busy-sources", SOURCE, 201)
    file = tmp_path / "link.txt"
    file.write_text("webcal://outlook.example/secret.ics\n")

    result = switchboard("busy-sources", "add", "Dr. Lake", "--name", "Outlook", "--link-file", str(file), *IN)

    assert "outlook.example" in result.stdout
    assert "secret" not in result.output
    assert change(lake) == {"url": "webcal://outlook.example/secret.ics", "name": "Outlook"}


def test_a_link_is_asked_for_and_not_shown(switchboard, lake):
    lake.will_answer("POST", f"{OF_LAKE}/busy-sources", SOURCE, 201)

    result = switchboard("busy-sources", "add", "Dr. Lake", *IN, input="https://outlook.example/secret.ics\n")

    assert "Its secret link" in result.stderr
    assert "secret.ics" not in result.output
    assert change(lake) == {"url": "https://outlook.example/secret.ics"}


def test_busy_sources_are_listed_with_what_is_wrong_and_removed(switchboard, lake):
    lake.will_list(f"{OF_LAKE}/busy-sources", SOURCE)
    lake.will_answer("DELETE", "/api/busy-sources/s-1", status=204)

    listed = switchboard("busy-sources", "list", "Dr. Lake", *IN)
    removed = switchboard("busy-sources", "remove", "s-1", *IN)

    for told in ("Outlook", "not yet", "denied"):
        assert told in listed.stdout
    assert "can be booked again" in removed.stdout


@pytest.mark.parametrize(("more", "with_names"), [((), False), (("--with-names",), True)])
def test_a_calendar_is_connected_and_its_password_is_shown_nowhere(switchboard, lake, tmp_path, more, with_names):
    lake.will_answer("POST", f"{OF_LAKE}/connections", CONNECTION, 201)
    (tmp_path / "password.txt").write_text(f" {PASSWORD} \r\n")
    user = ("--username", "lake", "--password-file", str(tmp_path / "password.txt"))

    result = switchboard("connections", "create", "Dr. Lake", "https://dav.example/lake/", *user, *more, *IN)

    assert "https://dav.example/lake/" in result.stdout
    assert PASSWORD not in result.output
    assert change(lake) == {
        "url": "https://dav.example/lake/",
        "username": "lake",
        "password": f" {PASSWORD} ",
        "with_names": with_names,
    }


def test_a_password_is_asked_for_and_not_shown(switchboard, lake):
    lake.will_answer("PATCH", "/api/connections/n-1", CONNECTION)

    result = switchboard("connections", "replace-password", "n-1", *IN, input=f"{PASSWORD}\n")

    assert PASSWORD not in result.output
    assert change(lake) == {"password": PASSWORD}


def test_connections_are_listed_and_shown_with_how_they_are(switchboard, lake):
    lake.will_list(f"{OF_LAKE}/connections", CONNECTION)
    lake.will_answer("GET", "/api/connections/n-1", CONNECTION)

    for result in (
        switchboard("connections", "list", "Dr. Lake", *IN),
        switchboard("connections", "show", "n-1", *IN),
    ):
        for told in ("n-1", "lake", "denied", "2027-03-02 15:07:40Z", "not yet"):
            assert told in result.stdout


@pytest.mark.parametrize(
    ("more", "query", "told"), [((), {}, "is ending"), (("--leave-events",), {"leave_events": "true"}, "stays there")]
)
def test_a_connection_is_ended_and_what_was_pushed_goes_unless_it_shall_stay(switchboard, lake, more, query, told):
    lake.will_answer("DELETE", "/api/connections/n-1", status=204)

    result = switchboard("connections", "delete", "n-1", *more, *IN)

    assert told in result.stdout
    assert lake.changes[0].query == query


def test_what_was_changed_elsewhere_is_listed_and_put_back(switchboard, lake):
    drift = {
        "connection_id": "n-1",
        "appointment_id": "a-1",
        "calendar_id": "c-1",
        "starts_at": "2027-03-09T10:00:00Z",
        "ends_at": "2027-03-09T10:30:00Z",
        "kind": "moved",
        "outside_starts_at": "2027-03-09T11:00:00Z",
        "outside_ends_at": "2027-03-09T11:30:00Z",
        "noticed_at": "2027-03-02T15:06:40Z",
    }
    lake.will_list(f"{OF_LAKE}/drift", drift)
    lake.will_answer("POST", "/api/connections/n-1/put-back", status=204)

    listed = switchboard("connections", "drift", "Dr. Lake", *IN)
    put_back = switchboard("connections", "put-back", "n-1", "a-1", *IN)

    for told in ("moved", "2027-03-09 10:00:00Z", "2027-03-09 11:00:00Z", "a-1"):
        assert told in listed.stdout
    assert "as it is here" in put_back.stdout
    assert change(lake) == {"appointment_id": "a-1"}


@pytest.mark.parametrize("noun", ["feeds", "busy-sources", "connections"])
def test_a_calendar_without_any_says_so_to_people_and_to_machines(switchboard, lake, noun):
    lake.will_list(f"{OF_LAKE}/{noun}")

    assert switchboard(noun, "list", "Dr. Lake", *IN).stdout.startswith("No ")
    assert json.loads(switchboard(noun, "list", "Dr. Lake", "--json", *IN).stdout) == []
