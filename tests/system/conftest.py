"""The whole set as `switchboard up` runs it: real processes, a real database, the Vapi simulator."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from services.gateway.tests.conforming import Contract
from switchboard_cli.stack.home import Home
from switchboard_cli.stack.stack_file import StackFile
from tests.system.administering import Desk
from tests.system.roles import Roles
from tests.system.running import Clinic, Running, forget_bookings, running_set

VAPI_TIMEOUT = 20.0
"""Seconds Vapi itself waits for an answer."""


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running_set(tmp_path_factory.mktemp("system") / "home") as running:
        yield running


@pytest.fixture
def stack(running: Running) -> StackFile:
    return running.stack


@pytest.fixture
def home(running: Running) -> Home:
    return running.home


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """As patient as Vapi. How much sooner a caller hears something is a figure of the gateway's, and of its tests."""
    async with httpx.AsyncClient(timeout=VAPI_TIMEOUT) as client:
        yield client


@pytest.fixture
async def clinics(stack: StackFile) -> tuple[Clinic, Clinic]:
    """Both seeded clinics, with nothing booked yet."""
    first, second = (Clinic(organization, stack) for organization in stack.organizations)
    await asyncio.gather(*(forget_bookings(clinic) for clinic in (first, second)))
    return first, second


@pytest.fixture(scope="session")
async def desk(running: Running) -> AsyncIterator[Desk]:
    # Every answer to it is one that the document tells of.
    hooks = {"response": [(await Contract.of(running.stack.gateway_url)).require]}
    async with httpx.AsyncClient(timeout=VAPI_TIMEOUT, event_hooks=hooks) as http:
        yield Desk(http, running.stack.gateway_url, running.stack.admin_key)


@pytest.fixture(scope="session")
async def roles(desk: Desk) -> Roles:
    return await Roles.of(desk)
