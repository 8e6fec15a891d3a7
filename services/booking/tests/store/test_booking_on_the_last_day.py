from datetime import UTC, datetime
from typing import Any

import pytest

from booking.domain.people.contacts import Told
from booking.domain.reception.book_appointment import Wish, book_appointment
from booking.domain.reception.outcomes import Booked, Past, TooFarAhead
from booking.domain.reception.wanted_time import SpokenTime
from booking.store.postgres import PostgresStore

MONDAY_NOON = datetime(2026, 11, 30, 17, 0, tzinfo=UTC)
SUNDAY_NOON = datetime(2026, 11, 29, 17, 0, tzinfo=UTC)
"""In New York."""


@pytest.mark.parametrize(
    ("now", "wanted", "outcome"),
    [
        (MONDAY_NOON, "2026-11-30 11:45", Past),
        (MONDAY_NOON, "2026-11-30 12:00", Booked),
        (SUNDAY_NOON, "2027-05-28 17:30", Booked),
        (SUNDAY_NOON, "2027-05-31 08:00", TooFarAhead),
    ],
)
async def test_every_hour_of_the_last_day_can_be_booked_and_nothing_after_it(
    store: PostgresStore, clinic: Any, now: datetime, wanted: str, outcome: type
) -> None:
    """180 days from Sunday, November 29th it is Friday, May 28th."""
    wish = Wish(SpokenTime(*wanted.split()), Told("Ana Exempla", "", "", "", ""))
    async with store.unit(clinic.tenant) as unit:
        assert isinstance(await book_appointment(unit, now, wish), outcome)
