"""Trying day after day is stopped; being mistaken is not, and who calls from their own number never is."""

import asyncio
from datetime import date, timedelta

import asyncpg
import pytest

from booking.app import DOMAIN, add_services
from booking.domain.reception.misses import MOST_OF_A_CALL, MOST_OF_A_NAME, MOST_OF_A_NUMBER
from booking.store.postgres import PostgresStore
from chassis.rpc.client import RpcClient
from chassis.testing.clock import StoppedClock
from chassis.testing.databases import ServiceDatabase
from chassis.testing.servers import served
from services.booking.tests.rpc.receptionist.telephone import ANA, BEN, TUESDAY, Call, Clinic, outcome

STRANGER, HIDDEN = "+14155559999", ""
DAYS = [(date(2027, 1, 4) + timedelta(days=count)).isoformat() for count in range(60)]
NAME = "Ben Sample"
HELP = "I cannot find it with these details. The clinic's staff will help you: shall I put you through to them?"


@pytest.fixture
async def clinic(clinic_line: Clinic) -> Clinic:
    """Ben comes on Tuesday."""
    await clinic_line.call(BEN).book("14:00", NAME)
    return clinic_line


async def guesses(call: Call, days: list[str], name: str = NAME) -> list[str]:
    return [outcome(await call.list(patientName=name, appointmentDate=day)) for day in days]


async def test_in_one_call_a_few_days_may_be_wrong_and_then_not_even_the_right_one_is_told(clinic: Clinic) -> None:
    call = clinic.call(STRANGER)

    assert await guesses(call, DAYS[:MOST_OF_A_CALL]) == ["no_appointment"] * MOST_OF_A_CALL
    told = await call.list(patientName=NAME, appointmentDate=TUESDAY)

    assert (outcome(told), told.say) == ("staff_will_help", HELP)
    assert outcome(await call.cancel(patientName=NAME, appointmentDate=TUESDAY)) == "staff_will_help"
    moved = await call.move("16:00", patientName=NAME, appointmentDate=TUESDAY)
    assert outcome(moved) == "staff_will_help"
    assert await clinic.starts() == ["Tue 19:00"]


async def test_who_is_mistaken_less_often_is_heard(clinic: Clinic) -> None:
    call = clinic.call(STRANGER)
    await guesses(call, DAYS[: MOST_OF_A_CALL - 1])

    assert outcome(await call.cancel(patientName=NAME, appointmentDate=TUESDAY)) == "cancelled"


async def test_the_same_mistake_again_is_one_mistake(clinic: Clinic) -> None:
    call = clinic.call(STRANGER)

    assert await guesses(call, [DAYS[0]] * 20) == ["no_appointment"] * 20
    assert outcome(await call.list(patientName=NAME, appointmentDate=TUESDAY)) == "appointments"


@pytest.mark.parametrize("tool", ["list", "cancel", "move"])
async def test_every_tool_counts(clinic: Clinic, tool: str) -> None:
    call = clinic.call(STRANGER)
    for day in DAYS[:MOST_OF_A_CALL]:
        which = {"patientName": NAME, "appointmentDate": day}
        await (call.move("16:00", **which) if tool == "move" else getattr(call, tool)(**which))

    assert outcome(await call.list(patientName=NAME, appointmentDate=TUESDAY)) == "staff_will_help"


async def test_calling_again_from_the_same_number_does_not_begin_anew(clinic: Clinic) -> None:
    names = [f"Somebody Else{letter}" for letter in "abcdefghijklmnop"]
    for name in names[:MOST_OF_A_NUMBER]:
        assert await guesses(clinic.call(STRANGER), [TUESDAY], name) == ["no_appointment"]

    assert await guesses(clinic.call(STRANGER), [TUESDAY]) == ["staff_will_help"]
    assert await guesses(clinic.call("+14155558888"), [TUESDAY]) == ["appointments"]


@pytest.mark.parametrize("numbers", [[HIDDEN], ["anonymous"], [f"+1415555{count:04}" for count in range(1000, 1060)]])
async def test_a_name_is_not_guessed_from_ever_other_numbers_and_calls(clinic: Clinic, numbers: list[str]) -> None:
    for count, day in enumerate(DAYS[:MOST_OF_A_NAME]):
        assert await guesses(clinic.call(numbers[count % len(numbers)]), [day]) == ["no_appointment"]

    assert await guesses(clinic.call(numbers[-1]), [TUESDAY]) == ["staff_will_help"]
    assert await guesses(clinic.call(numbers[-1]), [TUESDAY], "ben  SAMPLE") == ["staff_will_help"]


async def test_whose_name_is_guessed_is_heard_from_their_own_number_all_the_same(clinic: Clinic) -> None:
    for day in DAYS[:20]:
        await guesses(clinic.call(HIDDEN), [day])
    ben = clinic.call(BEN)
    await guesses(ben, DAYS[:20])

    assert outcome(await ben.list(patientName=NAME, appointmentDate=TUESDAY)) == "appointments"
    assert outcome(await ben.cancel(patientName=NAME)) == "cancelled"


async def test_a_name_of_nobody_is_stopped_as_one_of_somebody(clinic: Clinic) -> None:
    told = [
        await guesses(clinic.call(number), DAYS[:20], name)
        for number, name in ((STRANGER, NAME), ("+14155558888", "Nobody Whatsoever"))
    ]

    assert told[0] == told[1]


async def test_a_day_later_it_begins_anew_and_what_was_counted_is_forgotten(
    clinic: Clinic, clock: StoppedClock, service_database: ServiceDatabase
) -> None:
    clock.now -= timedelta(days=2)
    await guesses(clinic.call(STRANGER), DAYS[:MOST_OF_A_CALL])
    await guesses(clinic.call(STRANGER), DAYS[MOST_OF_A_CALL : MOST_OF_A_NAME + 1])
    assert await guesses(clinic.call(STRANGER), [TUESDAY]) == ["staff_will_help"]

    clock.move(timedelta(hours=24))

    assert await guesses(clinic.call(STRANGER), [DAYS[50], TUESDAY]) == ["no_appointment", "appointments"]
    assert await counted(service_database, clinic) == 3, "of a call, a number and a name"


async def test_guesses_at_once_over_two_processes_are_counted_together(
    clinic: Clinic, store: PostgresStore, clock: StoppedClock
) -> None:
    async with served(lambda server: add_services(server, store, clock), domain=DOMAIN) as other:
        both = [clinic.call(STRANGER), Call(Clinic(other, clinic.tenant), clinic.call(STRANGER).context)]
        replies = await asyncio.gather(
            *(both[count % 2].list(patientName=NAME, appointmentDate=day) for count, day in enumerate(DAYS[:40]))
        )

    assert sum(outcome(reply) == "no_appointment" for reply in replies) <= MOST_OF_A_NUMBER


async def test_another_organization_counts_for_itself(clinic: Clinic, booking: RpcClient, two_rooms: Clinic) -> None:
    await two_rooms.call(BEN).book("14:00", NAME)
    await guesses(clinic.call(STRANGER, vapi_call_id="call-1"), DAYS[:MOST_OF_A_NAME])

    assert await guesses(two_rooms.call(STRANGER, vapi_call_id="call-1"), [TUESDAY]) == ["appointments"]


async def test_names_and_numbers_are_counted_without_being_kept(
    clinic: Clinic, service_database: ServiceDatabase
) -> None:
    await guesses(clinic.call(STRANGER), DAYS[:2])

    connection = await asyncpg.connect(service_database.superuser_url)
    rows = await connection.fetch("select m::text from booking.misses m where org_id = $1", clinic.tenant)
    await connection.close()
    assert len(rows) == 6
    hexed = [text.encode().hex() for text in (NAME.casefold(), STRANGER, "5559999")]
    assert not any(one in row[0] for row in rows for one in hexed)


async def counted(service_database: ServiceDatabase, clinic: Clinic) -> int:
    connection = await asyncpg.connect(service_database.superuser_url)
    count: int = await connection.fetchval("select count(*) from booking.misses where org_id = $1", clinic.tenant)
    await connection.close()
    return count


async def test_who_comes_on_the_same_day_as_a_namesake_is_proved_by_no_time_either(clinic: Clinic) -> None:
    await clinic.call(ANA).book("10:00", NAME)
    stranger, both = clinic.call(STRANGER), {"patientName": NAME, "appointmentDate": TUESDAY}

    replies = [
        await stranger.list(**both),
        await stranger.cancel(**both),
        await stranger.cancel(**both, appointmentTime="2 PM"),
        await stranger.move("16:00", **both, appointmentTime="14:00"),
    ]

    assert {outcome(reply) for reply in replies} == {"no_appointment"}
    assert await clinic.starts() == ["Tue 15:00", "Tue 19:00"]


async def test_a_namesake_who_cancelled_is_a_namesake_still(clinic: Clinic) -> None:
    """Who rings back to cancel once more must not cancel another's."""
    other = clinic.call(ANA)
    await other.book("10:00", NAME)
    await other.cancel()

    told = await clinic.call(STRANGER).cancel(patientName=NAME, appointmentDate=TUESDAY)

    assert outcome(told) == "no_appointment"
