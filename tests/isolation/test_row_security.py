"""No organization reaches another's rows, in any table of any service, whatever a query forgets."""

from contextlib import aclosing

import pytest

from chassis.testing.row_security.attempts import problems_of_attempts
from chassis.testing.row_security.catalogue import problems_in_catalogue
from chassis.testing.row_security.promise import Promise
from tests.isolation.house import House
from tests.isolation.promises import BOOKING, PROMISES

EVERY_SERVICE = pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.schema)


@EVERY_SERVICE
async def test_what_keeps_organizations_apart_is_in_the_catalogue(house: House, promise: Promise) -> None:
    async with house.superuser(promise) as superuser:
        assert await problems_in_catalogue(superuser, promise) == []


@EVERY_SERVICE
async def test_no_verb_reaches_another_organizations_rows_in_any_table(house: House, promise: Promise) -> None:
    async with house.superuser(promise) as superuser, aclosing(problems_of_attempts(superuser, promise)) as problems:
        assert [problem async for problem in problems] == []


async def test_every_attempt_succeeds_where_nothing_stands_in_its_way(house: House) -> None:
    async with house.superuser(BOOKING) as superuser:
        transaction = superuser.transaction()
        await transaction.start()
        await superuser.execute("ALTER TABLE booking.contacts DISABLE ROW LEVEL SECURITY")
        await superuser.execute("GRANT TRUNCATE ON booking.contacts TO booking_app")
        async with aclosing(problems_of_attempts(superuser, BOOKING, ["contacts"])) as problems:
            found = {problem async for problem in problems}
        await transaction.rollback()
    anybody = ["reads", "locks", "copies out", "truncates", "changes", "changes and reads", "takes", "deletes"]
    anybody += ["deletes and reads", "inserts", "hears of a conflict", "overwrites by org_id, id"]
    assert found == {
        *(f"contacts: {who} {does}" for who in ("a stranger", "nobody") for does in anybody),
        "contacts: the owner does not see its own rows and no others",
        "contacts: the owner makes its row another's",
    }
