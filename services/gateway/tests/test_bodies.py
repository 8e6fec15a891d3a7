"""Bodies of the HTTP API: what does not fit is refused with the field that is wrong and the form that is right."""

import json

import pytest
from starlette.requests import Request

from gateway.http.bodies import Body, read_body
from gateway.http.problems import Refused
from gateway.routes.api_keys import NewKey
from gateway.routes.appointments import ChangedAppointment, NewAppointment
from gateway.routes.calendars import ChangedCalendar, Closed, Interval, NewCalendar, Opened
from gateway.routes.contacts import ChangedContact, NewContact
from gateway.routes.organizations import ChangedOrganization, NewOrganization
from gateway.routes.phone_mappings import NewMapping
from gateway.routes.services import ChangedService, NewService
from gateway.routes.webhook_credentials import Bearer, Hmac, NewCredential, Secret

BODIES = [
    NewKey, ChangedOrganization, NewOrganization, NewMapping, NewCredential,
    NewCalendar, ChangedCalendar, NewService, ChangedService,
    NewAppointment, ChangedAppointment, NewContact, ChangedContact,
]  # fmt: skip
PARTS = {
    **dict.fromkeys((Secret, Bearer, Hmac), NewCredential),
    **dict.fromkeys((Interval, Closed, Opened), NewCalendar),
}
"""What stands in a body, and in whose form it is shown."""
CLINIC = {"name": "Lakeside", "timezone": "Europe/Berlin"}
HMAC = {"type": "hmac", "algorithm": "sha256"}


def read(body, kind: type[Body] = NewOrganization, content_type=b"application/json"):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = [(b"content-type", content_type)] if content_type else []
    return read_body(Request({"type": "http", "headers": headers}), content, kind)


def refused(body, kind: type[Body] = NewOrganization, **how):
    with pytest.raises(Refused) as raised:
        read(body, kind, **how)
    return raised.value.problem


def test_what_fits_is_read():
    assert read(CLINIC) == NewOrganization(name="Lakeside", timezone="Europe/Berlin")


def test_a_field_that_is_not_known_is_named():
    problem = refused(CLINIC | {"colour": "red"})
    assert (problem.status, problem.code, problem.detail) == (400, "UNKNOWN_FIELD", "There is no field `colour`.")
    assert "timezone" in problem.fix


def test_a_field_that_is_missing_is_named():
    problem = refused({"name": "Lakeside"})
    assert (problem.status, problem.code, problem.detail) == (400, "MISSING_FIELD", "`timezone` is missing.")


@pytest.mark.parametrize("strange", [7, 1.5, True, None, [], {}])
def test_a_field_of_another_type_is_named(strange):
    problem = refused(CLINIC | {"timezone": strange})
    assert (problem.status, problem.code) == (400, "MALFORMED_FIELD")
    assert "`timezone`" in problem.detail


@pytest.mark.parametrize(
    ("plan", "field"),
    [
        ({"type": "psychic"}, "plan.type"),
        ({}, "plan.type"),
        ({"type": "hmac"}, "plan.algorithm"),
        (HMAC | {"algorithm": "md5"}, "plan.algorithm"),
        (HMAC | {"includeTimestamp": "yes"}, "plan.includeTimestamp"),
        (HMAC | {"include_timestamp": True}, "plan.include_timestamp"),
        ({"type": "secret", "token": "of a bearer"}, "plan.token"),
        ("secret", "plan"),
    ],
)
def test_a_field_within_a_plan_is_named_by_its_path(plan, field):
    assert f"`{field}`" in refused({"plan": plan}, NewCredential).detail


@pytest.mark.parametrize("instant", ["tomorrow", "2027-03-09", "2027-03-09T10:00:00", 1804008004, ""])
def test_an_instant_needs_its_zone(instant):
    assert "`not_after`" in refused({"plan": {"type": "secret"}, "not_after": instant}, NewCredential).detail


@pytest.mark.parametrize("body", [[], 7, None, "text", [CLINIC]])
def test_a_body_that_is_no_object_is_refused(body):
    assert refused(body).detail == "The body is no JSON object."


@pytest.mark.parametrize(
    "body", [b"", b"{", b"hello", b"\xff\xfe", b'{"name": "\xff"}', rb'{"name": "\ud83d"}', b"{}x"]
)
def test_a_body_that_is_no_json_is_refused(body):
    assert refused(body, ChangedOrganization).code == "NOT_JSON"


@pytest.mark.parametrize("deep", [b"[" * 200_000, b'{"name":' * 100_000])
def test_a_body_of_endless_depth_is_refused(deep):
    assert refused(deep).status == 400


def test_a_body_declared_as_something_else_is_a_415():
    assert refused(CLINIC, content_type=b"text/plain").status == 415


def test_a_body_that_is_not_declared_is_taken_for_json():
    assert read(CLINIC, content_type=None).name == "Lakeside"


def test_a_field_with_a_strange_name_is_told_in_one_short_line():
    problem = refused(CLINIC | {"a\nb\x00" + "x" * 5000: 1})
    assert "\n" not in problem.detail
    assert len(problem.detail) < 200


@pytest.mark.parametrize("body", [*BODIES, *PARTS])
def test_the_form_that_is_shown_names_every_field(body):
    form = PARTS.get(body, body).form
    for field in body.__struct_encode_fields__:
        assert f'"{field}"' in form
