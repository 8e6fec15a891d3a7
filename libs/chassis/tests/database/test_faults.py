"""What the database does to a transaction is a state; what the program does wrong is not."""

from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from chassis.database.engine import Database
from chassis.database.faults import DatabaseTooSlow, DatabaseUnavailable, database_state
from chassis.errors import ChassisError
from switchboard.chassis.v1.error_reason_pb2 import ErrorReason


class _Driver(Exception):
    def __init__(self, sqlstate: str) -> None:
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (DBAPIError("q", {}, _Driver("57014")), DatabaseTooSlow),
        (DBAPIError("q", {}, _Driver("55P03")), DatabaseTooSlow),
        (DBAPIError("q", {}, _Driver("40P01")), DatabaseUnavailable),
        (OperationalError("q", {}, _Driver("")), DatabaseUnavailable),
        (InterfaceError("q", {}, _Driver("")), DatabaseUnavailable),
        (PoolTimeout("q"), DatabaseUnavailable),
        (DBAPIError("q", {}, _Driver("23514")), type(None)),
    ],
)
def test_a_drivers_error_is_a_state_only_where_the_database_is_to_blame(error: Any, state: type[Any]) -> None:
    assert type(database_state(error)) is state


async def test_a_database_that_cannot_be_reached_is_unavailable() -> None:
    nowhere = Database("postgresql://nobody:nothing@127.0.0.1:1/none")
    with pytest.raises(DatabaseUnavailable):
        async with nowhere.directory_transaction():
            pass
    await nowhere.close()


async def test_a_programs_own_fault_inside_a_transaction_stays_what_it_is(database: Database) -> None:
    with pytest.raises(FileNotFoundError):
        async with database.directory_transaction():
            raise FileNotFoundError


def test_every_state_of_the_chassis_is_in_the_protos_and_the_other_way_round() -> None:
    reasons = {value.name for value in ErrorReason.DESCRIPTOR.values} - {"ERROR_REASON_UNSPECIFIED"}

    assert {state.reason for state in ChassisError.__subclasses__()} == reasons
