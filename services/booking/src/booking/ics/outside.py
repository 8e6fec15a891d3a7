"""Calendars outside: fetched, and read by a process of its own."""

import asyncio
import json
import sys
from datetime import datetime
from typing import Any

from booking.domain.outside.busy_sources import BusyTimes, CannotRead, Failure
from booking.domain.schedule.local_time import Period
from booking.ics import reading
from booking.ics.fetching import Fetcher

_SECONDS = 60.0
"""How long reading may take, on a busy machine."""


class IcsCalendars:
    """`booking.domain.ports.CalendarsOutside`"""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        self._one_at_a_time = asyncio.Semaphore(1)

    async def busy_times(self, url: str, etag: str | None, within: Period, timezone: str) -> BusyTimes | None:
        fetched = await self._fetcher.fetch(url, etag)
        if fetched is None:
            return None
        async with self._one_at_a_time:
            return BusyTimes(await read_apart(fetched.text, within, timezone), fetched.etag)


async def read_apart(text: bytes, within: Period, timezone: str) -> list[Period]:
    """`reading.busy_times` in a process that gets nothing of ours but the text. Raises CannotRead."""
    wanted = {"start": within.start.isoformat(), "end": within.end.isoformat(), "timezone": timezone}
    answer = await told_apart(reading.__name__, json.dumps(wanted).encode() + b"\n" + text)
    if isinstance(answer, str):
        raise CannotRead(Failure(answer))
    return [Period(datetime.fromisoformat(start), datetime.fromisoformat(end)) for start, end in answer]


async def told_apart(module: str, given: bytes) -> Any:
    """The JSON that a module tells, run as a process that gets nothing of ours but what is given. Raises CannotRead."""
    reader = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        "-m",
        module,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={},
    )
    try:
        async with asyncio.timeout(_SECONDS):
            told, _ = await reader.communicate(given)
    except TimeoutError:
        raise CannotRead(Failure.TOO_MANY_EVENTS) from None
    finally:
        if reader.returncode is None:
            reader.kill()
            await reader.wait()
    # A process that took more than it was given was ended before it could say so.
    return json.loads(told) if reader.returncode == 0 else Failure.TOO_MANY_EVENTS.value
