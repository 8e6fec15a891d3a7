import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.booking.tests.ics.server import HOST, Outside, certificate


@pytest.fixture
async def outside(tmp_path: Path) -> AsyncIterator[Outside]:
    context = certificate(tmp_path, HOST)
    trust = ssl.create_default_context(cafile=str(tmp_path / "certificate"))
    there = Outside(0, trust)
    server = await asyncio.start_server(there.serve, "127.0.0.1", 0, ssl=context)
    there.port = server.sockets[0].getsockname()[1]
    async with server:
        yield there
