"""What staff change of calendars and services, and what callers then hear."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from booking.domain.schedule.appointments import Slot
from booking.domain.schedule.availability import is_free
from booking.domain.schedule.holds import Asking
from booking.store.postgres import PostgresStore
from chassis.errors import RemoteError
from chassis.rpc.client import RpcClient
from chassis.tenant import TenantId, tenant_scope
from chassis.testing.clock import StoppedClock
from services.booking.tests.conftest import PATIENCE
from services.booking.tests.rpc.test_receptionist_service import WEEK, book, check, open_clinic
from switchboard.booking.v1 import calendar_service_pb2 as pb
from switchboard.booking.v1.calendar_service_pb2_grpc import CalendarServiceStub

TUESDAY = "2026-12-01"
NOBODYS = "6b1d4c1e-3a5f-4d0e-9c55-0f7a8e2b9d31"


@pytest.fixture
async def clinic(booking: RpcClient, organization: TenantId) -> AsyncIterator[TenantId]:
    await open_clinic(booking, organization)
    with tenant_scope(organization):
        yield organization


async def ask(booking: RpcClient, method: str, request: Any) -> Any:
    return await getattr(booking.stub(CalendarServiceStub), method)(request, timeout=PATIENCE)


async def the_calendar(booking: RpcClient) -> pb.Calendar:
    (calendar,) = (await ask(booking, "ListCalendars", pb.ListCalendarsRequest())).calendars
    assert isinstance(calendar, pb.Calendar)
    return calendar


async def the_service(booking: RpcClient) -> pb.Service:
    (service,) = (await ask(booking, "ListServices", pb.ListServicesRequest())).services
    assert isinstance(service, pb.Service)
    return service


async def update(booking: RpcClient, **changes: Any) -> pb.Calendar:
    calendar = await the_calendar(booking)
    request = pb.UpdateCalendarRequest(id=calendar.id, **changes)
    changed = (await ask(booking, "UpdateCalendar", request)).calendar
    assert changed == await the_calendar(booking)
    assert isinstance(changed, pb.Calendar)
    return changed


async def refusal(booking: RpcClient, method: str, request: Any) -> RemoteError:
    with pytest.raises(RemoteError) as refused:
        await ask(booking, method, request)
    return refused.value


CLOSURES = pb.UpdateCalendarRequest.Closures
EXTRA = pb.UpdateCalendarRequest.ExtraOpenings


async def test_a_calendar_keeps_what_an_update_does_not_name(booking: RpcClient, clinic: TenantId) -> None:
    before = await the_calendar(booking)
    closures = CLOSURES(closures=[pb.Closure(first_day=TUESDAY, reason="Training")])

    await update(booking, closures=closures)
    changed = await update(booking, name="Dr. Lake")

    assert changed.name == "Dr. Lake"
    assert (changed.timezone, changed.opening_hours) == (before.timezone, before.opening_hours)
    assert list(changed.closures) == [pb.Closure(first_day=TUESDAY, last_day=TUESDAY, reason="Training")]


async def test_a_list_is_replaced_whole_and_an_empty_one_empties_it(booking: RpcClient, clinic: TenantId) -> None:
    await update(booking, closures=CLOSURES(closures=[pb.Closure(first_day=TUESDAY)]))
    emptied = await update(booking, closures=CLOSURES(), opening_hours=pb.UpdateCalendarRequest.OpeningHours())
    assert not emptied.closures
    assert not emptied.opening_hours


@pytest.mark.parametrize(("first_day", "last_day"), [(TUESDAY, "9999-12-31"), ("0001-01-01", "2026-12-01")])
async def test_a_closure_may_reach_to_the_end_of_days(
    booking: RpcClient, clinic: TenantId, first_day: str, last_day: str
) -> None:
    closure = pb.Closure(first_day=first_day, last_day=last_day)
    changed = await update(booking, closures=CLOSURES(closures=[closure]))
    assert list(changed.closures) == [closure]
    assert "closed" in (await check(booking, clinic, date=TUESDAY)).say


async def test_a_closed_day_is_told_and_an_extra_opening_in_it_is_offered(booking: RpcClient, clinic: TenantId) -> None:
    await update(booking, closures=CLOSURES(closures=[pb.Closure(first_day=TUESDAY, last_day="2026-12-02")]))
    closed = await check(booking, clinic, date=TUESDAY)
    assert closed.say == (
        "On Tuesday, December 1st we are closed. On Thursday, December 3rd, 8 AM, 8:15 AM and 12 PM are free."
    )

    extra = EXTRA(openings=[pb.ExtraOpening(day=TUESDAY, opens="18:00", closes="19:00")])
    assert (await update(booking, extra_openings=extra)).extra_openings == extra.openings
    opened = await check(booking, clinic, date=TUESDAY)

    assert opened.say == "On Tuesday, December 1st, 6 PM, 6:15 PM and 6:30 PM are free. Which would you like?"
    assert (await book(booking, clinic, appointment_time="18:30")).data["outcome"] == "booked"


async def test_nothing_is_booked_into_a_part_of_a_day_that_is_closed(booking: RpcClient, clinic: TenantId) -> None:
    lunch = pb.Closure(first_day=TUESDAY, from_time="12:00", until_time="13:00")
    await update(booking, closures=CLOSURES(closures=[lunch]))

    assert (await book(booking, clinic, appointment_time="11:45")).data["outcome"] == "not_a_start"
    assert (await book(booking, clinic, appointment_time="12:00")).data["outcome"] == "not_a_start"
    assert (await book(booking, clinic, appointment_time="11:30")).data["outcome"] == "booked"
    assert (await book(booking, clinic, appointment_time="13:00")).data["outcome"] == "booked"


@pytest.mark.parametrize(
    ("changes", "reason", "metadata"),
    [
        ({"name": " "}, "MISSING_NAME", {}),
        ({"timezone": "Mars/Olympus"}, "UNKNOWN_TIMEZONE", {"timezone": "Mars/Olympus"}),
        (
            {"opening_hours": {"intervals": [{"weekday": 1, "opens": "9", "closes": "10:00"}]}},
            "MALFORMED_OPENING_HOURS",
            {},
        ),
        ({"closures": {"closures": [{"first_day": "Christmas"}]}}, "MALFORMED_CLOSURE", {"field": "closures"}),
        ({"closures": {"closures": [{"first_day": "2026-02-29"}]}}, "MALFORMED_CLOSURE", {"field": "closures"}),
        ({"closures": {"closures": [{}]}}, "MALFORMED_CLOSURE", {"field": "closures"}),
        (
            {"closures": {"closures": [{"first_day": TUESDAY, "last_day": "2026-11-30"}]}},
            "MALFORMED_CLOSURE",
            {"field": "closures"},
        ),
        (
            {"closures": {"closures": [{"first_day": TUESDAY, "from_time": "12:00"}]}},
            "MALFORMED_CLOSURE",
            {"field": "closures"},
        ),
        (
            {"extra_openings": {"openings": [{"day": TUESDAY, "opens": "10:00", "closes": "09:00"}]}},
            "MALFORMED_CLOSURE",
            {"field": "extra_openings"},
        ),
    ],
)
async def test_what_a_calendar_cannot_be_is_refused_and_nothing_changes(
    booking: RpcClient, clinic: TenantId, changes: dict[str, Any], reason: str, metadata: dict[str, str]
) -> None:
    before = await the_calendar(booking)
    refused = await refusal(booking, "UpdateCalendar", pb.UpdateCalendarRequest(id=before.id, **changes))
    assert (refused.reason, refused.metadata) == (reason, metadata)
    assert await the_calendar(booking) == before


async def test_of_closures_and_openings_that_staff_add_at_once_none_is_lost(
    booking: RpcClient, clinic: TenantId
) -> None:
    calendar = await the_calendar(booking)
    days = [f"2026-12-{day:02}" for day in range(1, 16)]
    wishes: list[tuple[str, Any]] = []
    for day in days:
        closure, extra = pb.Closure(first_day=day), pb.ExtraOpening(day=day, opens="18:00", closes="19:00")
        wishes.append(("AddClosure", pb.AddClosureRequest(calendar_id=calendar.id, closure=closure)))
        wishes.append(("AddExtraOpening", pb.AddExtraOpeningRequest(calendar_id=calendar.id, extra_opening=extra)))

    await asyncio.gather(*(ask(booking, *wish) for wish in wishes))

    kept = await the_calendar(booking)
    assert [one.first_day for one in kept.closures] == days
    assert [one.day for one in kept.extra_openings] == days


async def test_what_is_added_twice_is_there_once(booking: RpcClient, clinic: TenantId) -> None:
    calendar = await the_calendar(booking)
    closure = pb.Closure(first_day=TUESDAY, last_day=TUESDAY, from_time="12:00", until_time="13:00", reason="Training")
    extra = pb.ExtraOpening(day=TUESDAY, opens="18:00", closes="19:00")
    for reason in ("Training", "Something else"):
        closure.reason = reason
        await ask(booking, "AddClosure", pb.AddClosureRequest(calendar_id=calendar.id, closure=closure))
        request = pb.AddExtraOpeningRequest(calendar_id=calendar.id, extra_opening=extra)
        told = (await ask(booking, "AddExtraOpening", request)).calendar

    closure.reason = "Training"
    assert (list(told.closures), list(told.extra_openings)) == ([closure], [extra])
    assert told == await the_calendar(booking)


async def test_a_day_is_reset_and_nothing_else(booking: RpcClient, clinic: TenantId) -> None:
    begins, reaches = pb.Closure(first_day=TUESDAY), pb.Closure(first_day="2026-11-30", last_day="2026-12-02")
    openings = [pb.ExtraOpening(day=day, opens="18:00", closes="19:00") for day in (TUESDAY, "2026-12-02")]
    calendar = await update(
        booking, closures=CLOSURES(closures=[begins, reaches]), extra_openings=EXTRA(openings=openings)
    )

    told = (await ask(booking, "ResetDay", pb.ResetDayRequest(calendar_id=calendar.id, day=TUESDAY))).calendar

    assert (list(told.closures), list(told.extra_openings)) == ([reaches], openings[1:])
    assert told == await the_calendar(booking)


@pytest.mark.parametrize(
    ("method", "wish", "field"),
    [
        ("AddClosure", {}, "closures"),
        ("AddClosure", {"closure": {"first_day": TUESDAY, "last_day": "2026-11-30"}}, "closures"),
        ("AddExtraOpening", {"extra_opening": {"day": TUESDAY, "opens": "9", "closes": "10:00"}}, "extra_openings"),
        (
            "AddExtraOpening",
            {"extra_opening": {"day": TUESDAY, "opens": "17:00", "closes": "18:30"}},
            "extra_openings",
        ),
        ("ResetDay", {"day": "tomorrow"}, "day"),
    ],
)
async def test_what_no_day_can_have_is_refused_and_nothing_changes(
    booking: RpcClient, clinic: TenantId, method: str, wish: dict[str, Any], field: str
) -> None:
    known = pb.ExtraOpening(day=TUESDAY, opens="18:00", closes="19:00")
    before = await update(booking, extra_openings=EXTRA(openings=[known]))
    refused = await refusal(booking, method, getattr(pb, f"{method}Request")(calendar_id=before.id, **wish))
    assert (refused.reason, refused.metadata) == ("MALFORMED_CLOSURE", {"field": field})
    assert await the_calendar(booking) == before


@pytest.mark.parametrize("unknown", ["", "seven", NOBODYS])
@pytest.mark.parametrize(
    "request_of",
    [
        lambda unknown: pb.AddClosureRequest(calendar_id=unknown, closure=pb.Closure(first_day=TUESDAY)),
        lambda unknown: pb.AddExtraOpeningRequest(
            calendar_id=unknown, extra_opening=pb.ExtraOpening(day=TUESDAY, opens="18:00", closes="19:00")
        ),
        lambda unknown: pb.ResetDayRequest(calendar_id=unknown, day=TUESDAY),
    ],
)
async def test_nothing_is_said_of_the_days_of_a_calendar_that_is_not_there(
    booking: RpcClient, clinic: TenantId, request_of: Callable[[str], Any], unknown: str
) -> None:
    request = request_of(unknown)
    method = type(request).__name__.removesuffix("Request")
    assert (await refusal(booking, method, request)).reason == "CALENDAR_NOT_FOUND"


async def test_a_calendar_is_called_as_no_other_in_use_whatever_the_case(booking: RpcClient, clinic: TenantId) -> None:
    lake = await ask(booking, "CreateCalendar", pb.CreateCalendarRequest(name="Dr. Lake", timezone="UTC"))
    again = pb.CreateCalendarRequest(name=" dr.  LAKE", timezone="UTC")
    assert (await refusal(booking, "CreateCalendar", again)).reason == "CALENDAR_NAME_TAKEN"
    (other,) = [
        one
        for one in (await ask(booking, "ListCalendars", pb.ListCalendarsRequest())).calendars
        if one.id != lake.calendar.id
    ]
    renamed = pb.UpdateCalendarRequest(id=other.id, name="DR. Lake")
    assert (await refusal(booking, "UpdateCalendar", renamed)).reason == "CALENDAR_NAME_TAKEN"
    await ask(booking, "UpdateCalendar", pb.UpdateCalendarRequest(id=lake.calendar.id, name="DR. LAKE"))

    await ask(booking, "DeleteCalendar", pb.DeleteCalendarRequest(id=lake.calendar.id))

    assert (await ask(booking, "CreateCalendar", again)).calendar.name == "dr. LAKE"


async def test_a_repeated_creation_is_answered_even_where_the_name_is_anothers_by_now(
    booking: RpcClient, clinic: TenantId
) -> None:
    request = pb.CreateCalendarRequest(calendar_id=NOBODYS, name="Dr. Lake", timezone="UTC")
    await ask(booking, "CreateCalendar", request)
    await ask(booking, "UpdateCalendar", pb.UpdateCalendarRequest(id=NOBODYS, name="Dr. Sea"))
    await ask(booking, "CreateCalendar", pb.CreateCalendarRequest(name="Dr. Lake", timezone="UTC"))
    assert (await ask(booking, "CreateCalendar", request)).calendar.name == "Dr. Sea"


async def test_calendars_that_had_one_name_before_are_changed_all_the_same(
    booking: RpcClient, clinic: TenantId, store: PostgresStore
) -> None:
    calendar = await the_calendar(booking)
    async with store.unit(clinic) as unit:
        (known,) = await unit.calendars()
        await unit.add_calendar(replace(known, id=UUID(NOBODYS)))

    for one in (calendar.id, NOBODYS):
        request = pb.UpdateCalendarRequest(id=one, name=calendar.name.upper(), timezone="Europe/Berlin")
        changed = (await ask(booking, "UpdateCalendar", request)).calendar
        assert (changed.name, changed.timezone) == (calendar.name.upper(), "Europe/Berlin")


@pytest.mark.parametrize("unknown", ["", "seven", NOBODYS])
@pytest.mark.parametrize("what", ["Calendar", "Service"])
@pytest.mark.parametrize("verb", ["Update", "Delete"])
async def test_what_is_not_there_is_not_found(
    booking: RpcClient, clinic: TenantId, verb: str, what: str, unknown: str
) -> None:
    request = getattr(pb, f"{verb}{what}Request")(id=unknown)
    assert (await refusal(booking, f"{verb}{what}", request)).reason == f"{what.upper()}_NOT_FOUND"


async def test_a_calendar_with_appointments_to_come_stays_in_use(
    booking: RpcClient, clinic: TenantId, clock: StoppedClock
) -> None:
    calendar = await the_calendar(booking)
    await book(booking, clinic)
    request = pb.DeleteCalendarRequest(id=calendar.id)
    assert (await refusal(booking, "DeleteCalendar", request)).reason == "CALENDAR_IN_USE"

    clock.move(timedelta(days=2))
    await ask(booking, "DeleteCalendar", request)

    assert not (await ask(booking, "ListCalendars", pb.ListCalendarsRequest())).calendars
    assert (await refusal(booking, "DeleteCalendar", request)).reason == "CALENDAR_NOT_FOUND"
    assert (await check(booking, clinic, date="2026-12-04")).data["outcome"] == "nothing_to_book"
    again = pb.CreateCalendarRequest(calendar_id=calendar.id, name="Room", timezone="UTC")
    assert (await refusal(booking, "CreateCalendar", again)).reason == "CALENDAR_NOT_FOUND"


async def test_who_found_a_calendar_before_it_went_out_of_use_finds_nothing_free_in_it(
    booking: RpcClient, clinic: TenantId, store: PostgresStore, clock: StoppedClock
) -> None:
    async with store.unit(clinic, Asking(clock())) as unit:
        (calendar,), (service,) = await unit.calendars(), await unit.services()
        slot = Slot(calendar, service, clock())
        assert is_free(slot, await unit.busy([calendar], slot.occupied))
        await ask(booking, "DeleteCalendar", pb.DeleteCalendarRequest(id=str(calendar.id)))
        assert not is_free(slot, await unit.busy([calendar], slot.occupied))


async def test_a_service_keeps_what_an_update_does_not_name_and_is_found_by_its_synonyms(
    booking: RpcClient, clinic: TenantId
) -> None:
    before = await the_service(booking)
    synonyms = pb.UpdateServiceRequest.Synonyms(synonyms=["Check-up", "teeth cleaning", "Check-up"])
    request = pb.UpdateServiceRequest(id=before.id, synonyms=synonyms, duration_minutes=60)

    changed = (await ask(booking, "UpdateService", request)).service

    before.duration_minutes = 60
    before.synonyms.extend(["Check-up", "teeth cleaning"])
    assert changed == before == await the_service(booking)
    reply = await book(booking, clinic, service_type="a checkup appointment")
    assert reply.data["endsAt"] == "2026-12-01T11:00:00-05:00"
    await ask(booking, "UpdateService", pb.UpdateServiceRequest(id=before.id, default_service=False))
    assert not (await the_service(booking)).default_service


@pytest.mark.parametrize(
    ("changes", "reason", "metadata"),
    [
        ({"name": ""}, "MISSING_NAME", {}),
        ({"duration_minutes": 0}, "MALFORMED_SERVICE", {"field": "duration_minutes"}),
        ({"synonyms": {"synonyms": ["!"]}}, "MALFORMED_SERVICE", {"field": "synonyms"}),
        ({"name": "Check-up"}, "SERVICE_NAME_TAKEN", {}),
        ({"default_service": True}, "DEFAULT_SERVICE_EXISTS", {}),
        ({"calendar_ids": {"ids": [NOBODYS]}}, "CALENDAR_NOT_FOUND", {}),
        ({"calendar_ids": {"ids": [""]}}, "CALENDAR_NOT_FOUND", {}),
    ],
)
async def test_what_a_service_cannot_be_is_refused_and_nothing_changes(
    booking: RpcClient, clinic: TenantId, changes: dict[str, Any], reason: str, metadata: dict[str, str]
) -> None:
    usual = {"duration_minutes": 30, "step_minutes": 15, "horizon_days": 180}
    other = pb.Service(name="Cleaning", **usual)
    for one in (pb.Service(name="Check-up", **usual), other):
        created = await ask(booking, "CreateService", pb.CreateServiceRequest(service=one))
    before = (await ask(booking, "ListServices", pb.ListServicesRequest())).services

    refused = await refusal(booking, "UpdateService", pb.UpdateServiceRequest(id=created.service.id, **changes))

    assert (refused.reason, refused.metadata) == (reason, metadata)
    assert (await ask(booking, "ListServices", pb.ListServicesRequest())).services == before


async def test_the_name_and_the_place_of_a_service_out_of_use_can_be_had_again(
    booking: RpcClient, clinic: TenantId
) -> None:
    service = await the_service(booking)
    await ask(booking, "DeleteService", pb.DeleteServiceRequest(id=service.id))
    assert (await refusal(booking, "CreateService", pb.CreateServiceRequest(service=service))).reason == (
        "SERVICE_NOT_FOUND"
    )
    service.id = ""
    again = (await ask(booking, "CreateService", pb.CreateServiceRequest(service=service))).service
    assert (again.name, again.default_service) == (service.name, True)
    assert again == await the_service(booking)


async def test_a_service_is_offered_by_its_calendars_alone_and_by_none_once_they_are_out_of_use(
    booking: RpcClient, clinic: TenantId
) -> None:
    created = await ask(
        booking, "CreateCalendar", pb.CreateCalendarRequest(name="Dr. Lake", timezone="UTC", opening_hours=WEEK)
    )
    service = await the_service(booking)
    ids = pb.UpdateServiceRequest.CalendarIds(ids=[created.calendar.id])
    await ask(booking, "UpdateService", pb.UpdateServiceRequest(id=service.id, calendar_ids=ids))

    assert (await book(booking, clinic)).data["calendarId"] == created.calendar.id
    other = await check(booking, clinic, date=TUESDAY, practitioner="Room 0")
    assert other.data["practitioners"] == ["Dr. Lake"]
    assert other.say == "For Consultation there is Dr. Lake. Who would you like to see?"

    await ask(booking, "UpdateService", pb.UpdateServiceRequest(id=service.id, name="Consultation 2"))
    assert list((await the_service(booking)).calendar_ids) == [created.calendar.id]
