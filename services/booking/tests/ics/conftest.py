from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chassis.testing.outside import Outside, served_outside


@pytest.fixture
async def outside(tmp_path: Path) -> AsyncIterator[Outside]:
    async with served_outside(tmp_path, "calendars.example") as there:
        yield there
