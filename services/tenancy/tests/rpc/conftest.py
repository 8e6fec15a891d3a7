"""Tenancy's real server in this process, spoken to through its real stubs."""

from collections.abc import AsyncIterator

import pytest

from chassis.database.engine import Database
from chassis.encryption import Sealer
from chassis.rpc.client import RpcClient
from chassis.testing.servers import ClientOf, served, served_to_callers
from tenancy.app import DOMAIN, add_services


@pytest.fixture(scope="session")
async def client(database: Database, sealer: Sealer) -> AsyncIterator[RpcClient]:
    async with served(lambda server: add_services(server, database, sealer), domain=DOMAIN) as connected:
        yield connected


@pytest.fixture(scope="session")
async def client_of(database: Database, sealer: Sealer) -> AsyncIterator[ClientOf]:
    """Makes clients that prove which service they are."""
    async with served_to_callers(lambda server: add_services(server, database, sealer), domain=DOMAIN) as connect:
        yield connect
