"""What is said and what is told to programs, for everything a tool call can come to."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, get_args
from uuid import uuid4

import pytest

from booking.domain.analytics.tool_answers import GIVEN, NO_ANSWERS
from booking.domain.reception import outcomes
from booking.domain.reception.facts import facts
from booking.domain.reception.speech import offer, say, spoken_day, spoken_time
from booking.domain.reception.spoken_times import WrongWeekday
from booking.domain.schedule.appointments import PatientsAppointment, Slot, Status
from booking.domain.schedule.availability import offer_of_days
from booking.domain.schedule.calendars import Calendar
from booking.domain.schedule.services import Service

MakeCalendar = Callable[..., Calendar]
MakeService = Callable[..., Service]

DAY = date(2026, 12, 1)
WEEK = timedelta(days=7)


@pytest.fixture
def slot(make_calendar: MakeCalendar, make_service: MakeService) -> Callable[[str], Slot]:
    calendar, service = make_calendar("00:00-24:00"), make_service()

    def at(clock: str) -> Slot:
        local = datetime.fromisoformat(f"{DAY} {clock}").replace(tzinfo=calendar.zone)
        return Slot(calendar, service, local.astimezone(UTC))

    return at


def known(*slots: Slot) -> list[PatientsAppointment]:
    """Appointments of Ana's in these slots."""
    return [
        PatientsAppointment(
            id=uuid4(),
            contact_id=uuid4(),
            patient_name="Ana Exempla",
            calendar_id=slot.calendar.id,
            calendar_chosen=False,
            service_id=slot.service.id,
            service_name=slot.service.name,
            starts_at=slot.start,
            ends_at=slot.end,
            timezone=slot.calendar.timezone,
            status=Status.BOOKED,
        )
        for slot in slots
    ]


@pytest.fixture
def examples(slot: Callable[[str], Slot], make_service: MakeService) -> dict[type, list[Any]]:
    ten, two = slot("10:00"), slot("14:00")
    here, wall = ten.local_start, datetime(2026, 3, 8, 2, 30)
    return {
        outcomes.Free: [outcomes.Free(DAY, [ten]), outcomes.Free(DAY, [ten, two])],
        outcomes.FreeDays: [
            *(outcomes.FreeDays(DAY, DAY + WEEK, days) for days in ([[ten]], [[ten, two]], [[ten], [ten, two]])),
            outcomes.FreeDays(DAY, DAY + WEEK, [[ten]], shortened=True),
        ],
        outcomes.NothingFreeBetween: [
            outcomes.NothingFreeBetween(DAY, DAY + WEEK, alternatives) for alternatives in ([], [ten], [ten, two])
        ],
        outcomes.NothingFree: [
            outcomes.NothingFree(DAY, closed, alternatives)
            for closed in (True, False)
            for alternatives in ([], [ten], [ten, two])
        ],
        outcomes.Booked: [outcomes.Booked(uuid4(), ten), outcomes.Booked(uuid4(), ten, elsewhere=True)],
        outcomes.AlreadyBooked: [
            outcomes.AlreadyBooked(known(ten)[0], elsewhere) for elsewhere in (None, ten.calendar)
        ],
        outcomes.Held: [outcomes.Held(ten, ten.start)],
        outcomes.FreeButNotHeld: [outcomes.FreeButNotHeld(ten)],
        outcomes.Moved: [outcomes.Moved(*known(two, ten))],
        outcomes.AlreadyThen: [outcomes.AlreadyThen(*known(ten))],
        outcomes.NotMovable: [outcomes.NotMovable(*known(ten))],
        outcomes.Cancelled: [outcomes.Cancelled(*known(ten))],
        outcomes.AlreadyCancelled: [outcomes.AlreadyCancelled(*known(ten))],
        outcomes.WhichAppointment: [outcomes.WhichAppointment(known(ten, two))],
        outcomes.StaffWillHelp: [outcomes.StaffWillHelp()],
        outcomes.NoAppointment: [outcomes.NoAppointment()],
        outcomes.Appointments: [
            outcomes.Appointments(known(*slots), names_told)
            for slots in ([ten], [ten, two], [ten] * 5)
            for names_told in (False, True)
        ],
        outcomes.CallerKnown: [outcomes.CallerKnown([uuid4()], names) for names in (["Ana"], ["Ana", "Ben"])],
        outcomes.CallerUnknown: [outcomes.CallerUnknown()],
        outcomes.Taken: [outcomes.Taken(ten, []), outcomes.Taken(ten, [two])],
        outcomes.NotAStart: [outcomes.NotAStart(wall, []), outcomes.NotAStart(wall, [two])],
        outcomes.Past: [outcomes.Past(here, []), outcomes.Past(here, [two])],
        outcomes.PastYear: [outcomes.PastYear(date(2024, 12, 1), DAY)],
        WrongWeekday: [WrongWeekday(DAY, 1)],
        outcomes.TooFarAhead: [outcomes.TooFarAhead(DAY)],
        outcomes.NoSuchTime: [outcomes.NoSuchTime(wall, []), outcomes.NoSuchTime(wall, [two])],
        outcomes.TimeOccursTwice: [outcomes.TimeOccursTwice(wall, free) for free in ([], [ten])],
        outcomes.UnknownService: [outcomes.UnknownService([make_service(), make_service(name="Check-up")])],
        outcomes.UnknownPractitioner: [
            outcomes.UnknownPractitioner(make_service(), [ten.calendar, two.calendar][:count]) for count in (1, 2)
        ],
        outcomes.NothingToBook: [outcomes.NothingToBook()],
    }


def test_the_examples_are_all_outcomes_there_are(examples: dict[type, list[Any]]) -> None:
    assert set(examples) == set(get_args(outcomes.Outcome))


@pytest.mark.parametrize("outcome", get_args(outcomes.Outcome))
def test_every_outcome_is_said_in_one_line_that_ends_as_a_sentence_does(
    examples: dict[type, list[Any]], outcome: type
) -> None:
    for example in examples[outcome]:
        said = say(example)
        assert len(said.splitlines()) == 1
        assert said == said.strip()
        assert said[0].isupper() or said[0].isdigit()
        assert said.endswith((".", "?"))
        assert "  " not in said


@pytest.mark.parametrize("outcome", get_args(outcomes.Outcome))
def test_every_outcome_is_told_to_programs_as_json_with_a_name(examples: dict[type, list[Any]], outcome: type) -> None:
    for example in examples[outcome]:
        told = facts(example)
        assert json.loads(json.dumps(told)) == told
        assert told["outcome"].replace("_", "").isalpha()


def test_outcomes_have_names_of_their_own(examples: dict[type, list[Any]]) -> None:
    names = [name for each in examples.values() for name in {facts(example)["outcome"] for example in each}]
    assert len(names) == len(set(names))


def test_every_outcome_gives_what_was_asked_for_or_counts_as_a_reason_why_not(examples: dict[type, list[Any]]) -> None:
    names = {facts(example)["outcome"] for each in examples.values() for example in each}
    assert names <= NO_ANSWERS | GIVEN
    assert NO_ANSWERS.isdisjoint(GIVEN)


def test_what_is_no_outcome_is_a_mistake_of_the_program() -> None:
    with pytest.raises(TypeError):
        say("Hello")
    with pytest.raises(TypeError):
        facts("Hello")


def test_a_refusal_offers_what_is_possible(slot: Callable[[str], Slot]) -> None:
    taken = outcomes.Taken(slot("10:00"), [slot("10:30"), slot("11:15")])
    assert say(taken) == (
        "Tuesday, December 1st at 10 AM is already taken. On Tuesday, December 1st, 10:30 AM and 11:15 AM are free."
    )
    assert say(replace(taken, alternatives=[])).endswith("Which other day would suit you?")


def test_who_asks_for_the_past_hears_what_now_is_with_its_year(slot: Callable[[str], Slot]) -> None:
    assert say(outcomes.Past(slot("12:00").local_start, [])) == (
        "That time cannot be booked any more. Here it is now 12 PM on Tuesday, December 1st, 2026. "
        "Which other day would suit you?"
    )


@pytest.mark.parametrize(
    ("free", "offered"),
    [
        (["08:00", "08:30", "09:00", "13:00", "14:00"], ["08:00", "08:30", "13:00"]),
        (["08:00", "08:30", "09:00", "09:30"], ["08:00", "08:30", "09:00"]),
        (["12:00", "13:00"], ["12:00", "13:00"]),
        (["11:30", "12:00"], ["11:30", "12:00"]),
        ([], []),
    ],
)
def test_three_times_are_offered_at_most_and_each_half_of_the_day(
    slot: Callable[[str], Slot], free: list[str], offered: list[str]
) -> None:
    assert offer([slot(clock) for clock in free]) == [slot(clock) for clock in offered]


@pytest.mark.parametrize(
    ("wanted", "offered"),
    [
        ("10:00", ["09:30", "10:30", "12:00"]),
        ("12:30", ["11:00", "12:00", "13:00"]),
        ("17:00", ["11:00", "13:00", "16:00"]),
        ("08:00", ["08:00", "08:30", "12:00"]),
    ],
)
def test_around_a_time_the_nearest_of_each_half_of_the_day_are_offered(
    slot: Callable[[str], Slot], wanted: str, offered: list[str]
) -> None:
    free = ["08:00", "08:30", "09:30", "10:30", "11:00", "12:00", "13:00", "16:00"]
    assert offer([slot(clock) for clock in free], time.fromisoformat(wanted)) == [slot(clock) for clock in offered]


@pytest.mark.parametrize(
    ("days", "offered"),
    [
        ([["08:00", "09:00", "13:00"]], [["08:00", "09:00", "13:00"]]),
        ([["08:00", "13:00"], ["08:00", "09:00"]], [["08:00", "13:00"], ["08:00"]]),
        ([["08:00", "09:00"], ["08:00", "13:00"], ["09:00"]], [["08:00"], ["13:00"], ["09:00"]]),
        ([["13:00"], ["14:00"], ["15:00"], ["08:00"]], [["13:00"], ["14:00"], ["15:00"]]),
        ([["08:00"], ["13:00"]], [["08:00"], ["13:00"]]),
    ],
)
def test_of_several_days_three_times_are_offered_at_most_and_each_half_of_a_day(
    slot: Callable[[str], Slot], days: list[list[str]], offered: list[list[str]]
) -> None:
    assert offer_of_days([[slot(clock) for clock in day] for day in days]) == [
        [slot(clock) for clock in day] for day in offered
    ]


@pytest.mark.parametrize(
    ("clock", "said"),
    [
        ("00:00", "12 AM"),
        ("00:05", "12:05 AM"),
        ("09:30", "9:30 AM"),
        ("12:00", "12 PM"),
        ("12:30", "12:30 PM"),
        ("23:59", "11:59 PM"),
    ],
)
def test_times_are_said_on_a_clock_of_twelve_hours(clock: str, said: str) -> None:
    assert spoken_time(datetime.fromisoformat(f"2026-12-01 {clock}")) == said


def test_days_are_said_with_their_ordinal() -> None:
    ordinals = [spoken_day(date(2026, 12, day)).rpartition(" ")[2] for day in range(1, 32)]
    special = {1: "1st", 2: "2nd", 3: "3rd", 21: "21st", 22: "22nd", 23: "23rd", 31: "31st"}
    assert ordinals == [special.get(day, f"{day}th") for day in range(1, 32)]


def test_what_was_moved_is_told_with_both_times(slot: Callable[[str], Slot]) -> None:
    now, was = known(slot("18:00"), slot("10:00"))
    assert say(outcomes.Moved(now, was)) == (
        "It is moved: Consultation on Tuesday, December 1st at 6 PM. It is no longer on Tuesday, December 1st at 10 AM."
    )


def test_three_appointments_are_told_and_how_many_more_there_are(slot: Callable[[str], Slot]) -> None:
    told = outcomes.Appointments(known(*(slot(f"{hour}:00") for hour in range(10, 15))), names_told=True)
    assert say(told) == (
        "There are 5 appointments to come: Ana Exempla, Consultation on Tuesday, December 1st at 10 AM; "
        "Ana Exempla, Consultation on Tuesday, December 1st at 11 AM; "
        "Ana Exempla, Consultation on Tuesday, December 1st at 12 PM and 2 more."
    )


def test_names_are_facts_only_where_they_are_said(slot: Callable[[str], Slot]) -> None:
    appointments = known(slot("10:00"), slot("14:00"))
    assert "Ana" not in json.dumps(facts(outcomes.Appointments(appointments)))
    assert json.dumps(facts(outcomes.Appointments(appointments, names_told=True))).count("Ana Exempla") == 2
