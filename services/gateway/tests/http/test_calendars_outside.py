"""Links to calendars, and calendars outside, over HTTP."""

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from chassis.errors import Kind, RemoteError
from services.gateway.tests.http.staff import ID, OTHER_ID, ask, heard, told
from switchboard.booking.v1 import busy_source_service_pb2 as sources
from switchboard.booking.v1 import feed_service_pb2 as feeds

SECRET = "s3cret-_" * 5 + "abc"
EDITION, OTHER_EDITION = "a" * 64, "b" * 64
AT, LATER = Timestamp(seconds=1_804_000_000), Timestamp(seconds=1_804_000_090)
FEED = feeds.Feed(id=OTHER_ID, calendar_id=ID, with_names=True, created_at=AT)
TOLD_FEED = {"id": OTHER_ID, "calendar_id": ID, "with_names": True, "created_at": "2027-03-02T15:06:40Z"}
SOURCE = sources.BusySource(
    id=OTHER_ID,
    calendar_id=ID,
    name="Outlook",
    host="outlook.example",
    created_at=AT,
    failure=sources.BusySource.DENIED,
)
TOLD_SOURCE = {
    "id": OTHER_ID,
    "calendar_id": ID,
    "name": "Outlook",
    "host": "outlook.example",
    "created_at": "2027-03-02T15:06:40Z",
    "read_at": None,
    "failure": "denied",
}


async def test_a_calendar_is_read_by_its_link_alone(room):
    room.booking.answer = feeds.ReadFeedResponse(edition=EDITION, icalendar=b"BEGIN:VCALENDAR")
    answer = await room.http.get(f"/feeds/{SECRET}.ics")
    assert (answer.status_code, answer.content) == (200, b"BEGIN:VCALENDAR")
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["etag"] == f'"{EDITION}"'
    assert answer.headers.get_list("cache-control") == ["private, no-cache"]
    (one,) = room.booking.heard
    assert (one.tenant, one.request) == ("None", feeds.ReadFeedRequest(secret=SECRET))


@pytest.mark.parametrize("tags", [f'"{EDITION}"', f'W/"{EDITION}"', f'"{OTHER_EDITION}", W/"{EDITION}"'])
async def test_what_a_reader_has_is_not_sent_again(room, tags):
    room.booking.answer = feeds.ReadFeedResponse(edition=EDITION)
    answer = await room.http.get(f"/feeds/{SECRET}.ics", headers={"If-None-Match": tags})
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", f'"{EDITION}"')
    assert EDITION in room.booking.heard[0].request.known_editions


async def test_a_reader_that_has_any_is_sent_none(room):
    room.booking.answer = feeds.ReadFeedResponse(edition=EDITION, icalendar=b"BEGIN:VCALENDAR")
    answer = await room.http.get(f"/feeds/{SECRET}.ics", headers={"If-None-Match": "*"})
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", f'"{EDITION}"')


async def test_a_link_that_leads_nowhere_is_a_404_that_does_not_tell_it(room):
    room.booking.fails = RemoteError(Kind.NOT_FOUND, "FEED_NOT_FOUND")
    answer = await room.http.get(f"/feeds/{SECRET}.ics")
    assert (answer.status_code, answer.json()["code"]) == (404, "FEED_NOT_FOUND")
    assert SECRET not in answer.text


@pytest.mark.parametrize("secret", ["x", "x" * 44, "x" * 42 + "%00", "é" * 43, "x" * 5000])
async def test_what_cannot_be_a_link_is_not_asked_for(room, secret):
    answer = await room.http.get(f"/feeds/{secret}.ics")
    assert answer.status_code == 404
    assert room.booking.heard == []


async def test_nothing_is_kept_of_other_answers(room):
    answer = await room.http.get("/health")
    assert answer.headers.get_list("cache-control") == ["no-store"]


async def test_a_link_is_told_once_when_it_is_made(room):
    room.booking.answer = feeds.CreateFeedResponse(feed=FEED, secret=SECRET)
    made = await told(room, "POST", f"/api/calendars/{ID}/feeds", {"with_names": True})
    assert made.pop("url").endswith(f"/feeds/{SECRET}.ics")
    assert made == TOLD_FEED
    assert heard(room) == feeds.CreateFeedRequest(calendar_id=ID, with_names=True)


async def test_links_are_listed_and_revoked(room):
    room.booking.answer = feeds.ListFeedsResponse(feeds=[FEED])
    assert (await told(room, "GET", f"/api/calendars/{ID}/feeds"))["items"] == [TOLD_FEED]
    assert heard(room) == feeds.ListFeedsRequest(calendar_id=ID)
    room.booking.reset()
    room.booking.answer = feeds.RevokeFeedResponse()
    assert await told(room, "DELETE", f"/api/feeds/{OTHER_ID}") is None
    assert heard(room) == feeds.RevokeFeedRequest(id=OTHER_ID)


async def test_a_calendar_outside_is_added_listed_and_removed(room):
    room.booking.answer = sources.AddBusySourceResponse(source=SOURCE)
    new = {"url": "webcal://outlook.example/secret.ics", "name": "Outlook"}
    assert await told(room, "POST", f"/api/calendars/{ID}/busy-sources", new) == TOLD_SOURCE
    assert heard(room) == sources.AddBusySourceRequest(calendar_id=ID, **new)
    room.booking.reset()
    room.booking.answer = sources.ListBusySourcesResponse(sources=[SOURCE])
    assert (await told(room, "GET", f"/api/calendars/{ID}/busy-sources"))["items"] == [TOLD_SOURCE]
    room.booking.reset()
    room.booking.answer = sources.RemoveBusySourceResponse()
    assert await told(room, "DELETE", f"/api/busy-sources/{OTHER_ID}") is None
    assert heard(room) == sources.RemoveBusySourceRequest(id=OTHER_ID)


async def test_conflicts_are_listed_page_by_page(room):
    busy = sources.Conflict.BusyTime(source_id=OTHER_ID, starts_at=AT, ends_at=LATER)
    conflict = sources.Conflict(appointment_id=OTHER_ID, calendar_id=ID, starts_at=AT, ends_at=LATER, busy_times=[busy])
    room.booking.answer = sources.ListConflictsResponse(conflicts=[conflict], next_page_token="next")
    times = {"starts_at": "2027-03-02T15:06:40Z", "ends_at": "2027-03-02T15:08:10Z"}
    assert await told(room, "GET", f"/api/calendars/{ID}/conflicts", limit="1", cursor="here") == {
        "items": [
            {
                "appointment_id": OTHER_ID,
                "calendar_id": ID,
                **times,
                "busy_times": [{"busy_source_id": OTHER_ID, **times}],
            }
        ],
        "next_cursor": "next",
    }
    assert heard(room) == sources.ListConflictsRequest(calendar_id=ID, page_size=1, page_token="here")


@pytest.mark.parametrize("path", ["feeds", "busy-sources", "conflicts", "connections", "drift"])
async def test_what_is_no_id_is_nobodys_calendar(room, path):
    assert (await ask(room, "GET", f"/api/calendars/x/{path}")).status_code == 404
    assert room.booking.heard == []
