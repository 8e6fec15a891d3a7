"""Whoever asks for whatever: nobody hears of an appointment that neither their number nor a name and a day proves."""

from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar, cast
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from booking.domain.people.contacts import name_key
from booking.domain.ports import Unit
from booking.domain.reception.outcomes import NoAppointment, WhichAppointment
from booking.domain.reception.spoken_times import WrongWeekday
from booking.domain.reception.which_appointment import Mention, find_appointment, heard_of
from booking.domain.schedule.appointments import PatientsAppointment, Status

Answer = TypeVar("Answer")
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
NUMBERS = ["+14155550100", "+14155550101", ""]
NAMES = ["Ana Exempla", "Ana", "Exempla", "ana  EXEMPLA", "Leo Exempla", "Leo", "%", "", "Ana_Exempla"]
DAYS = ["", "2026-12-01", "2026-12-02"]
TIMES = ["", "10:00", "2pm"]


@dataclass(frozen=True)
class Known:
    phone: str
    appointment: PatientsAppointment


@dataclass(frozen=True)
class Shelf:
    """What the store would answer."""

    known: Sequence[Known]

    async def appointments_of_number(self, phone: str, after: datetime) -> list[PatientsAppointment]:
        return [one.appointment for one in self.known if one.phone == phone and one.appointment.starts_at > after]

    async def appointments_of_name(self, key: str, day: date, after: datetime) -> list[PatientsAppointment]:
        return [
            one.appointment
            for one in self.known
            if name_key(one.appointment.patient_name) == key
            and one.appointment.local_start.date() == day
            and one.appointment.starts_at > after
        ]

    async def missed(self, subjects: Sequence[bytes], *, since: datetime) -> dict[bytes, int]:
        return {}

    async def record_miss(self, *_: object, **__: object) -> None: ...

    async def lock_appointment(self, appointment_id: UUID) -> PatientsAppointment | None:
        return next((one.appointment for one in self.known if one.appointment.id == appointment_id), None)


@st.composite
def known(draw: st.DrawFn) -> list[Known]:
    people = draw(
        st.lists(st.tuples(st.sampled_from(NUMBERS[:2]), st.sampled_from(NAMES[:5])), max_size=4, unique=True)
    )
    made = []
    for count, (phone, name) in enumerate(people):
        for hours in draw(st.lists(st.sampled_from([-24, 22, 26, 46]), max_size=3, unique=True)):
            starts_at = NOW + timedelta(hours=hours)
            made.append(
                Known(
                    phone,
                    PatientsAppointment(
                        id=UUID(int=len(made) + 1),
                        contact_id=UUID(int=count + 1),
                        patient_name=name,
                        calendar_id=UUID(int=0),
                        calendar_chosen=False,
                        service_id=UUID(int=0),
                        service_name="Consultation",
                        starts_at=starts_at,
                        ends_at=starts_at + timedelta(minutes=30),
                        timezone="UTC",
                        status=draw(st.sampled_from([Status.BOOKED, Status.CANCELLED])),
                    ),
                )
            )
    return made


def answered(asked: Coroutine[Any, Any, Answer]) -> Answer:
    """Nothing on the shelf is waited for, so there is no loop."""
    try:
        asked.send(None)
    except StopIteration as done:
        return cast("Answer", done.value)
    raise AssertionError


MENTIONS = st.builds(
    Mention,
    caller_number=st.sampled_from(NUMBERS),
    patient_name=st.sampled_from(NAMES),
    day=st.sampled_from(DAYS),
    time_of_day=st.sampled_from(TIMES),
    appointment_id=st.sampled_from(["", str(UUID(int=1)), str(UUID(int=3)), "the first"]),
)


def may_be_heard(one: Known, mention: Mention) -> bool:
    local = one.appointment.local_start
    by_number = mention.caller_number != "" and one.phone == mention.caller_number
    by_name = name_key(mention.patient_name) == name_key(one.appointment.patient_name)
    return local > NOW and (by_number or (by_name and mention.day == local.date().isoformat()))


@given(known(), MENTIONS)
def test_nothing_is_heard_that_is_not_proved(shelf: list[Known], mention: Mention) -> None:
    meant = answered(mention.read(cast("Unit", Shelf(shelf)), NOW))
    assert not isinstance(meant, WrongWeekday)

    heard = answered(heard_of(cast("Unit", Shelf(shelf)), NOW, meant))

    assert set(heard.appointments) <= {one.appointment for one in shelf if may_be_heard(one, mention)}


@given(known(), MENTIONS)
def test_the_one_that_is_found_is_the_only_one_that_could_be_meant(shelf: list[Known], mention: Mention) -> None:
    provable = {one.appointment for one in shelf if may_be_heard(one, mention)}

    found = answered(find_appointment(cast("Unit", Shelf(shelf)), NOW, mention))

    if isinstance(found, PatientsAppointment):
        assert found in provable
    elif isinstance(found, WhichAppointment):
        assert set(found.choices) <= provable
        assert all(one.status is Status.BOOKED for one in found.choices)
    else:
        assert found == NoAppointment()


@given(known(), MENTIONS)
def test_who_may_hear_of_nothing_hears_the_same_as_where_there_is_nothing(shelf: list[Known], mention: Mention) -> None:
    hidden = [one for one in shelf if not may_be_heard(one, mention)]

    assert answered(find_appointment(cast("Unit", Shelf(hidden)), NOW, mention)) == NoAppointment()


@given(known(), st.sampled_from(NUMBERS[:2]))
def test_whoever_shares_the_number_and_says_nothing_hears_of_all_of_it(shelf: list[Known], number: str) -> None:
    meant = answered(Mention(number).read(cast("Unit", Shelf(shelf)), NOW))
    assert not isinstance(meant, WrongWeekday)

    heard = answered(heard_of(cast("Unit", Shelf(shelf)), NOW, meant))

    expected = {one.appointment for one in shelf if one.phone == number and one.appointment.starts_at > NOW}
    assert set(heard.appointments) == expected


@given(known(), MENTIONS)
def test_what_may_not_be_heard_changes_nothing_of_the_answer(shelf: list[Known], mention: Mention) -> None:
    """What nobody may hear of could be anything: the answer stays."""
    other = [
        one
        if may_be_heard(one, mention)
        else replace(one, appointment=replace(one.appointment, service_name="Surgery", status=Status.CANCELLED))
        for one in shelf
    ]

    answers = [answered(find_appointment(cast("Unit", Shelf(one)), NOW, mention)) for one in (shelf, other)]

    assert answers[0] == answers[1]
