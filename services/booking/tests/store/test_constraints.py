"""What the tables themselves refuse, whatever a program does."""

from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from asyncpg.exceptions import CheckViolationError, ExclusionViolationError, ForeignKeyViolationError


@pytest.mark.parametrize("first", ["booked", "held"])
@pytest.mark.parametrize("second", ["booked", "held"])
@pytest.mark.parametrize(
    ("starts", "ends"), [("10:00", "10:30"), ("09:45", "10:15"), ("10:10", "10:20"), ("09:00", "11:00")]
)
async def test_two_appointments_cannot_occupy_one_time(
    insert: Any, first: str, second: str, starts: str, ends: str
) -> None:
    await insert(status=first)
    with pytest.raises(ExclusionViolationError) as refused:
        await insert(starts=starts, ends=ends, status=second)
    assert refused.value.constraint_name == "appointments_no_overlap"


async def test_buffers_occupy_too(insert: Any) -> None:
    await insert(occupied="[2026-12-01 09:45Z, 2026-12-01 10:45Z)")
    with pytest.raises(ExclusionViolationError):
        await insert(starts="10:30", ends="11:00")


@pytest.mark.parametrize(("starts", "ends"), [("09:30", "10:00"), ("10:30", "11:00")])
async def test_neighbours_do_not_overlap(insert: Any, starts: str, ends: str) -> None:
    await insert()
    await insert(starts=starts, ends=ends)


@pytest.mark.parametrize("status", ["cancelled", "completed", "no_show"])
async def test_what_is_over_occupies_nothing(insert: Any, status: str) -> None:
    await insert(status=status)
    await insert()
    await insert(status=status)


async def test_a_cancelled_appointment_cannot_come_back_to_a_time_that_was_given_away(
    insert: Any, superuser: asyncpg.Connection
) -> None:
    cancelled = await insert(status="cancelled")
    await insert()
    with pytest.raises(ExclusionViolationError):
        await superuser.execute("UPDATE booking.appointments SET status = 'booked' WHERE id = $1", cancelled)


async def test_another_calendar_and_another_organization_do_not_conflict(
    insert: Any, clinic: Any, make_clinic: Any
) -> None:
    await insert()
    await insert(calendar=clinic.other_calendar.id)
    await insert(of=await make_clinic())


@pytest.mark.parametrize(
    "occupied",
    [
        "empty",
        "(,)",
        "[2026-12-01 10:00Z,)",
        "(,2026-12-01 10:30Z)",
        "[2026-12-01 10:00Z, infinity)",
        "[-infinity, 2026-12-01 10:30Z)",
        "(2026-12-01 10:00Z, 2026-12-01 10:30Z)",
        "[2026-12-01 10:00Z, 2026-12-01 10:30Z]",
        "[2026-12-01 10:00Z, 2026-12-01 10:04Z)",
        "[2026-12-01 09:00Z, 2026-12-02 09:01Z)",
        "[2026-12-01 10:05Z, 2026-12-01 10:30Z)",
        "[2026-12-02 10:00Z, 2026-12-02 10:30Z)",
    ],
)
@pytest.mark.parametrize("status", ["booked", "cancelled"])
async def test_a_range_that_is_empty_endless_absurd_or_elsewhere_is_refused(
    insert: Any, occupied: str, status: str
) -> None:
    with pytest.raises(CheckViolationError) as refused:
        await insert(occupied=occupied, status=status)
    assert refused.value.constraint_name == "appointments_occupied"


async def test_an_appointment_cannot_end_before_it_starts(insert: Any) -> None:
    with pytest.raises(CheckViolationError):
        await insert(starts="10:30", ends="10:00", occupied="[2026-12-01 10:00Z, 2026-12-01 11:00Z)")


async def test_a_status_that_is_not_listed_is_refused(insert: Any) -> None:
    with pytest.raises(CheckViolationError):
        await insert(status="perhaps")


async def test_an_appointment_cannot_name_another_organizations_contact_or_calendar(
    insert: Any, make_clinic: Any
) -> None:
    other = await make_clinic()
    with pytest.raises(ForeignKeyViolationError):
        await insert(contact=other.contact_id)
    with pytest.raises(ForeignKeyViolationError):
        await insert(calendar=other.calendar.id)
    with pytest.raises(ForeignKeyViolationError):
        await insert(contact=uuid4())


async def test_without_the_constraint_two_would_overlap(insert: Any, superuser: asyncpg.Connection) -> None:
    """The guard is the constraint: when it is gone, what the tests above see refused is possible."""
    transaction = superuser.transaction()
    await transaction.start()
    try:
        await superuser.execute("ALTER TABLE booking.appointments DROP CONSTRAINT appointments_no_overlap")
        await insert()
        await insert()
    finally:
        await transaction.rollback()
