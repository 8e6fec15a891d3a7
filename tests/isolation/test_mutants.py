"""The suite turns red for whatever breaks the promise: it is broken in every way we know, and asked each time."""

from contextlib import aclosing

import asyncpg
import pytest

from chassis.testing.row_security.attempts import problems_of_attempts
from chassis.testing.row_security.catalogue import problems_in_catalogue
from chassis.testing.row_security.promise import Promise
from tests.isolation.house import House
from tests.isolation.mutants import Mutant, mutants_of
from tests.isolation.promises import PROMISES


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.schema)
async def test_no_mutant_survives(house: House, promise: Promise, capsys: pytest.CaptureFixture[str]) -> None:
    async with house.superuser(promise) as superuser:
        assert not await _is_red(superuser, promise)
        mutants = await mutants_of(superuser, promise)
        survivors = [mutant.name for mutant in mutants if not await _is_found(superuser, promise, mutant)]
    open_ones = sum(mutant.opens is not None for mutant in mutants)
    with capsys.disabled():
        print(f"\n{promise.schema}: {len(mutants)} mutants, {open_ones} tried as a stranger, {len(survivors)} survive")
    assert survivors == []


async def _is_found(superuser: asyncpg.Connection, promise: Promise, mutant: Mutant) -> bool:
    """The catalogue shows every mutant; what it opens, a stranger gets at too."""
    transaction = superuser.transaction()
    await transaction.start()
    try:
        await superuser.execute(mutant.statement)
        if not await problems_in_catalogue(superuser, promise):
            return False
        return mutant.opens is None or await _is_felt(superuser, promise, mutant.opens)
    finally:
        await transaction.rollback()


async def _is_red(superuser: asyncpg.Connection, promise: Promise) -> bool:
    """Before anything is broken: what is red anyhow would find every mutant."""
    return bool(await problems_in_catalogue(superuser, promise)) or await _is_felt(superuser, promise)


async def _is_felt(superuser: asyncpg.Connection, promise: Promise, *tables: str) -> bool:
    async with aclosing(problems_of_attempts(superuser, promise, tables or None)) as problems:
        return await anext(problems, None) is not None
