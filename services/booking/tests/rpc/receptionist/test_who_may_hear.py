"""What a caller may hear, and what nobody gets to hear by guessing."""

import asyncpg
import pytest

from chassis.testing.databases import ServiceDatabase
from services.booking.tests.rpc.receptionist.telephone import ANA, BEN, TUESDAY, WEDNESDAY, Clinic, outcome
from switchboard.tools.v1.tools_pb2 import ToolReply

STRANGER = "+14155559999"
UNKNOWN_LINES = [STRANGER, "", "anonymous", "+1", "%", "+1415555012_"]


def heard(reply: ToolReply) -> str:
    return f"{reply.say} {reply.data}"


@pytest.fixture
async def family(clinic_line: Clinic) -> Clinic:
    """Mia and Leo share their mother's number; Ben has his own."""
    mother = clinic_line.call(ANA)
    await mother.book("10:00", "Mia Exempla")
    await mother.book("11:00", "Leo Exempla", date=WEDNESDAY, patientEmail="leo@example.com")
    await clinic_line.call(BEN).book("14:00", "Ben Sample", patientEmail="ben@example.com")
    return clinic_line


async def test_who_shares_the_number_hears_of_all_of_it_with_names(family: Clinic) -> None:
    reply = await family.call(ANA).list()

    assert reply.say == (
        "There are 2 appointments to come: Mia Exempla, Consultation on Tuesday, December 1st at 10 AM"
        " and Leo Exempla, Consultation on Wednesday, December 2nd at 11 AM."
    )
    assert "Ben" not in heard(reply)


@pytest.mark.parametrize("name", ["Mia Exempla", "mia", "MIA  EXEMPLA"])
async def test_of_those_who_share_a_number_the_one_is_told_whom_the_caller_names(family: Clinic, name: str) -> None:
    reply = await family.call(ANA).list(patientName=name)

    assert reply.say == "There is one appointment to come: Consultation on Tuesday, December 1st at 10 AM."
    assert "Leo" not in heard(reply)


async def test_each_childs_appointment_is_moved_and_cancelled_by_their_name(family: Clinic) -> None:
    mother = family.call(ANA)

    assert outcome(await mother.cancel()) == "which_appointment"
    assert outcome(await mother.cancel(patientName="Leo")) == "cancelled"
    assert outcome(await mother.move("16:00", patientName="Mia Exempla")) == "moved"
    assert await family.starts() == ["Tue 19:00", "Tue 21:00"]


@pytest.mark.parametrize("line", UNKNOWN_LINES)
async def test_name_and_day_prove_who_calls_from_another_number(family: Clinic, line: str) -> None:
    reply = await family.call(line).list(patientName="ben sample", appointmentDate=TUESDAY)

    assert reply.say == "There is one appointment to come: Consultation on Tuesday, December 1st at 2 PM."
    assert "Ben" not in heard(reply)


async def test_name_and_day_tell_of_that_day_alone(family: Clinic) -> None:
    await family.call(BEN).book("15:00", "Ben Sample", date=WEDNESDAY)

    reply = await family.call(STRANGER).list(patientName="Ben Sample", appointmentDate=TUESDAY)

    assert "one appointment" in reply.say
    assert "Wednesday" not in heard(reply)


@pytest.mark.parametrize("reachable", [{"patientPhone": BEN}, {"patientEmail": "ben@example.com"}])
async def test_who_books_in_anothers_name_hears_of_what_they_booked_alone(
    family: Clinic, reachable: dict[str, str]
) -> None:
    """The patient's own contact has it then."""
    stranger = family.call(STRANGER)
    await stranger.book("09:00", "Ben Sample", date=WEDNESDAY, **reachable)

    replies = [
        await stranger.list(),
        await stranger.list(patientName="Ben Sample", appointmentDate=WEDNESDAY),
        await family.call(STRANGER).list(),
    ]

    assert not any("Tuesday" in heard(reply) for reply in replies)


async def test_who_adds_their_number_to_another_hears_of_nothing_that_was_booked_before(clinic_line: Clinic) -> None:
    """Ben was known by his e-mail address alone."""
    await clinic_line.call("").book("14:00", "Ben Sample", patientEmail="ben@example.com")
    stranger = clinic_line.call(STRANGER)
    await stranger.book("09:00", "Ben Sample", date=WEDNESDAY, patientEmail="ben@example.com")

    told = await stranger.list()
    cancelled = await stranger.cancel(patientName="Ben Sample", appointmentTime="14:00")

    assert told.say == "There is one appointment to come: Consultation on Wednesday, December 2nd at 9 AM."
    assert outcome(cancelled) == "no_appointment"
    ben = await clinic_line.call("").list(patientName="Ben Sample", appointmentDate=TUESDAY)
    assert outcome(ben) == "appointments"


async def test_who_adds_their_number_to_another_hears_of_nothing_that_comes_from_elsewhere_later(
    clinic_line: Clinic,
) -> None:
    """By Ben, over the web, or by the clinic's staff for him."""
    by_web = {"patientEmail": "ben@example.com"}
    await clinic_line.call("").book("14:00", "Ben Sample", **by_web)
    stranger = clinic_line.call(STRANGER)
    booked = await stranger.book("09:00", "Ben Sample", date=WEDNESDAY, **by_web)
    await clinic_line.call("").book("15:00", "Ben Sample", **by_web)
    await clinic_line.book_as_staff(booked, "16:00")

    told = await stranger.list()

    assert told.say == "There is one appointment to come: Consultation on Wednesday, December 2nd at 9 AM."


async def test_who_becomes_one_with_another_by_their_address_hears_of_nothing_of_theirs(clinic_line: Clinic) -> None:
    """The stranger has called before in Ben's name; then they tell his address too."""
    stranger = clinic_line.call(STRANGER)
    await stranger.book("09:00", "Ben Sample", date=WEDNESDAY)
    await clinic_line.call("").book("14:00", "Ben Sample", patientEmail="ben@example.com")

    await stranger.book("11:00", "Ben Sample", date=WEDNESDAY, patientEmail="ben@example.com")

    told = await stranger.list()
    assert "are 2 appointments to come" in told.say
    assert "Tuesday" not in heard(told)
    assert len({one.contact_id for one in await clinic_line.appointments()}) == 1


async def test_a_name_that_somebody_else_put_to_a_number_is_told_to_nobody_who_calls_from_it(family: Clinic) -> None:
    made = await family.call(STRANGER).book("09:00", "Rude Word", patientPhone=ANA)
    await family.book_as_staff(made, "16:00")
    mother = family.call(ANA)

    replies = [await mother.look_up(ANA, "phone"), await mother.look_up("Rude", "name"), await mother.list()]

    assert [outcome(reply) for reply in replies] == ["caller_known", "caller_unknown", "appointments"]
    assert not any("Rude" in heard(reply) for reply in replies)
    assert "2 appointments" in replies[2].say


async def test_a_number_that_was_told_becomes_theirs_when_they_call_from_it(family: Clinic) -> None:
    await family.call(STRANGER).book("09:00", "Cleo Third", patientPhone="+14155550125")
    cleo = family.call("+14155550125")
    assert outcome(await cleo.look_up("Cleo", "name")) == "caller_unknown"

    await cleo.book("15:00", "Cleo Third")

    assert outcome(await cleo.look_up("Cleo", "name")) == "caller_known"
    assert (await cleo.list()).say == (
        "There is one appointment to come: Consultation on Tuesday, December 1st at 3 PM."
    )


async def test_a_number_that_staff_enter_hears_of_all_that_is_theirs_and_the_one_before_of_nothing(
    clinic_line: Clinic,
) -> None:
    made = await clinic_line.call(ANA).book()

    await clinic_line.change_contact_as_staff(made, phone=BEN)

    assert outcome(await clinic_line.call(BEN).list()) == "appointments"
    assert outcome(await clinic_line.call(ANA).list()) == "no_appointment"


GUESSES = [
    {},
    {"patientName": "Ben Sample"},
    {"appointmentDate": TUESDAY},
    {"patientName": "Ben Sample", "appointmentDate": WEDNESDAY},
    {"patientName": "Ben", "appointmentDate": TUESDAY},
    {"patientName": "Sample", "appointmentDate": TUESDAY},
    {"patientName": "Ben Sampl", "appointmentDate": TUESDAY},
    {"patientName": "Ben S%", "appointmentDate": TUESDAY},
    {"patientName": "%", "appointmentDate": TUESDAY},
    {"patientName": "Ben_Sample", "appointmentDate": TUESDAY},
    {"patientName": ".*", "appointmentDate": TUESDAY},
    {"patientName": "Ben Sample' OR '1'='1", "appointmentDate": TUESDAY},
    {"patientName": BEN, "appointmentDate": TUESDAY},
    {"patientName": "ben@example.com", "appointmentDate": TUESDAY},
]


@pytest.mark.parametrize("guess", GUESSES)
@pytest.mark.parametrize("line", [STRANGER, ANA, ""])
async def test_nothing_less_than_name_and_day_tells_or_changes_anything(
    family: Clinic, line: str, guess: dict[str, str]
) -> None:
    before = await family.starts()
    caller = family.call(line)
    if line == ANA:  # who has appointments of her own
        guess = {"patientName": "Ben"} | guess

    replies = [await caller.list(**guess), await caller.cancel(**guess), await caller.move("16:00", **guess)]

    assert {outcome(reply) for reply in replies} == {"no_appointment"}
    assert len({heard(reply) for reply in replies}) == 1
    assert await family.starts() == before


async def test_an_appointments_id_proves_nothing(family: Clinic, service_database: ServiceDatabase) -> None:
    connection = await asyncpg.connect(service_database.superuser_url)
    rows = await connection.fetch("select id from booking.appointments where org_id = $1", family.tenant)
    await connection.close()
    stranger = family.call(STRANGER)

    for row in rows:
        assert outcome(await stranger.cancel(appointmentId=str(row["id"]))) == "no_appointment"
        assert outcome(await stranger.move("16:00", appointmentId=str(row["id"]))) == "no_appointment"
    assert len(await family.appointments()) == 3


async def test_an_id_that_is_none_finds_nothing_and_harms_nothing(family: Clinic) -> None:
    assert outcome(await family.call(BEN).cancel(appointmentId="the first one")) == "no_appointment"


async def test_a_cancelled_appointment_proves_nothing_to_who_asks_for_others(family: Clinic) -> None:
    ben = family.call(BEN)
    await ben.book("15:00", "Ben Sample", date=WEDNESDAY)
    await ben.cancel(appointmentDate=TUESDAY)

    reply = await family.call(STRANGER).list(patientName="Ben Sample", appointmentDate=TUESDAY)

    assert outcome(reply) == "no_appointment"


async def test_an_organization_tells_nothing_of_anothers_callers(family: Clinic, two_rooms: Clinic) -> None:
    assert outcome(await two_rooms.call(ANA).list()) == "no_appointment"
    assert outcome(await two_rooms.call(STRANGER).list(patientName="Ben Sample", appointmentDate=TUESDAY)) == (
        "no_appointment"
    )
    assert outcome(await two_rooms.call(ANA).look_up(ANA, "phone")) == "caller_unknown"


async def test_who_calls_from_a_known_number_is_known_by_it(family: Clinic) -> None:
    reply = await family.call(BEN).look_up("(415) 555-0124", "phone")

    assert reply.say == "Yes, Ben Sample is known here. What can I do for you?"
    assert outcome(reply) == "caller_known"
    assert len(reply.data["contactIds"]) == 1


async def test_a_shared_number_is_known_for_all_who_share_it(family: Clinic) -> None:
    reply = await family.call(ANA).look_up(ANA, "phone")

    assert reply.say == "This number is known here for Leo Exempla and Mia Exempla. Who is it for?"


@pytest.mark.parametrize(("key", "by"), [("Mia", "name"), ("mia exempla", " Name"), ("LEO@example.com", "EMAIL")])
async def test_of_those_who_share_a_number_one_is_found(family: Clinic, key: str, by: str) -> None:
    reply = await family.call(ANA).look_up(key, by)

    assert outcome(reply) == "caller_known"
    assert len(reply.data["contactIds"]) == 1


async def test_the_name_that_is_told_back_is_the_one_that_was_said(family: Clinic) -> None:
    reply = await family.call(ANA).look_up("mia", "name")

    assert "Yes, mia is known here." in reply.say
    assert "Exempla" not in heard(reply)


FISHING = [
    (BEN, "phone"),
    (f"{BEN[:-1]}%", "phone"),
    ("", "phone"),
    ("+1415555", "phone"),
    ("Ben Sample", "name"),
    ("Ben", "name"),
    ("%", "name"),
    ("_", "name"),
    ("", "name"),
    (" ", "name"),
    ("ben@example.com", "email"),
    ("%@example.com", "email"),
    ("@", "email"),
    ("", "email"),
    ("Ben Sample", "anything"),
]


@pytest.mark.parametrize(("key", "by"), FISHING)
@pytest.mark.parametrize("line", [STRANGER, ANA, "", "anonymous"])
async def test_whoever_is_typed_in_nobody_of_another_number_is_found(
    family: Clinic, line: str, key: str, by: str
) -> None:
    reply = await family.call(line).look_up(key, by)
    of_nobody = await family.call(line).look_up("Nobody Whatsoever", "name")

    assert outcome(reply) == "caller_unknown"
    assert heard(reply) == heard(of_nobody)
