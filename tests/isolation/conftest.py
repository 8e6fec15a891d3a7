from collections.abc import AsyncIterator, Iterator

import pytest

from chassis.testing.databases import ServiceDatabase
from chassis.testing.plugin import ProvideDatabase
from tests.isolation.house import House, opened, provided
from tests.isolation.residents import furnish, move_in


@pytest.fixture(scope="module")
def databases(provide_database: ProvideDatabase) -> Iterator[dict[str, ServiceDatabase]]:
    """A module's own: in what a stranger left behind no mutant of a unique index can be made."""
    with provided(provide_database) as databases:
        yield databases


@pytest.fixture(scope="module")
async def house(
    databases: dict[str, ServiceDatabase], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    """Every service, with two organizations that have something of everything."""
    async with opened(databases, tmp_path_factory.mktemp("tokens")) as house:
        for _ in range(2):
            await furnish(house, await move_in(house))
        yield house
