"""What servers say of several events at once."""

import pytest

from booking.caldav.multistatus import NotMultistatus, read

URL = "https://calendars.example/lake%20side/diary/"


def told(responses: str, more: str = "") -> bytes:
    return f'<d:multistatus xmlns:d="DAV:">{responses}{more}</d:multistatus>'.encode()


def response(href: str, prop: str = "<d:getetag>1</d:getetag>", status: str = "HTTP/1.1 200 OK") -> str:
    return (
        f"<d:response><d:href>{href}</d:href>"
        f"<d:propstat><d:prop>{prop}</d:prop><d:status>{status}</d:status></d:propstat></d:response>"
    )


@pytest.mark.parametrize(
    ("href", "name"),
    [
        ("/lake%20side/diary/a%20b.ics", "a b.ics"),
        ("/lake side/diary/a.ics", "a.ics"),
        ("https://calendars.example/lake%20side/diary/a.ics", "a.ics"),
        ("a.ics", "a.ics"),
        ("/lake%20side/diary/", ""),
        ("/lake%20side/diary", ""),
    ],
)
def test_an_event_is_known_by_its_place_in_the_calendar(href: str, name: str) -> None:
    [one] = read(told(response(href)), URL).resources
    assert (one.name, one.etag, one.status) == (name, "1", 200)


@pytest.mark.parametrize("href", ["/lake%20side/diary/deeper/a.ics", "/elsewhere/a.ics", "/a.ics", ""])
def test_what_is_elsewhere_is_passed_over(href: str) -> None:
    assert [one.name for one in read(told(response(href)), URL).resources] in ([], [""])


def test_what_is_said_with_another_status_is_not_believed() -> None:
    [one] = read(told(response("a.ics", status="HTTP/1.1 404 Not Found")), URL).resources
    assert one.etag is None


def test_what_is_gone_and_where_to_go_on_is_told() -> None:
    gone = "<d:response><d:href>a.ics</d:href><d:status>HTTP/1.1 404 Not Found</d:status></d:response>"
    page = read(told(gone, "<d:sync-token>urn:7</d:sync-token>"), URL)
    assert [(one.name, one.status) for one in page.resources] == [("a.ics", 404)]
    assert page.sync_token == "urn:7"


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"<html/>",
        b"<d:multistatus xmlns:d='DAV:'>",
        b"<multistatus/>",
        b"\xff\xfe",
        b'<!DOCTYPE d [<!ENTITY a "aaaa">]><d:multistatus xmlns:d="DAV:">&a;</d:multistatus>',
        b'<!DOCTYPE d SYSTEM "file:///etc/passwd"><d:multistatus xmlns:d="DAV:"/>',
    ],
)
def test_what_is_none_is_not_read(text: bytes) -> None:
    with pytest.raises(NotMultistatus):
        read(text, URL)


def test_an_etag_that_is_longer_than_any_is_none() -> None:
    with pytest.raises(NotMultistatus):
        read(told(response("a.ics", f"<d:getetag>{'1' * 1_001}</d:getetag>")), URL)
