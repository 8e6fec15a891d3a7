"""A clinic that can be called."""

import pytest

from chassis.rpc.client import RpcClient
from services.booking.tests.rpc.receptionist.telephone import Clinic, open_clinic


@pytest.fixture
async def clinic_line(booking: RpcClient) -> Clinic:
    return await open_clinic(booking)


@pytest.fixture
async def two_rooms(booking: RpcClient) -> Clinic:
    return await open_clinic(booking, rooms=2)
