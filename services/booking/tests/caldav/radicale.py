"""A real CalDAV server on loopback, and whoever else has a calendar there."""

import asyncio
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import icalendar

from chassis.ports import free_port
from chassis.testing.outside import certificate

HOST = "calendars.example"
USER, PASSWORD = "lake", "a password of its own"

_CONFIG = """
[server]
hosts = 127.0.0.1:{port}
ssl = True
certificate = {folder}/certificate
key = {folder}/key
[auth]
type = htpasswd
htpasswd_filename = {folder}/users
htpasswd_encryption = plain
delay = 0
[storage]
filesystem_folder = {folder}/collections
[logging]
level = critical
"""
_MAKE = """<c:mkcalendar xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><set><prop>
<c:supported-calendar-component-set><c:comp name="VEVENT"/></c:supported-calendar-component-set>
</prop></set></c:mkcalendar>"""
_LIST = '<propfind xmlns="DAV:"><prop><getetag/></prop></propfind>'


@dataclass(frozen=True, slots=True)
class Radicale:
    port: int
    folder: Path

    @property
    def certificates(self) -> Path:
        """Whom its clients trust."""
        return self.folder / "certificate"

    @property
    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.certificates))

    async def calendar(self) -> "TheirCalendar":
        """A new one."""
        calendar = TheirCalendar(f"/{USER}/{uuid4()}/", self)
        made = await calendar.ask("MKCALENDAR", content=_MAKE)
        assert made.status_code == httpx.codes.CREATED
        return calendar


@dataclass(frozen=True, slots=True)
class TheirCalendar:
    """A calendar as somebody else who has it sees and changes it."""

    path: str
    server: Radicale

    @property
    def url(self) -> str:
        return f"https://{HOST}:{self.server.port}{self.path}"

    async def ask(self, method: str, name: str = "", **sent: Any) -> httpx.Response:
        async with httpx.AsyncClient(verify=self.server.trust, auth=(USER, PASSWORD)) as client:
            url = f"https://127.0.0.1:{self.server.port}{self.path}{name}"
            return await client.request(method, url, extensions={"sni_hostname": HOST}, **sent)

    async def texts(self) -> dict[str, str]:
        """Of all events, by name; not of what is deleted meanwhile."""
        listed = await self.ask("PROPFIND", headers={"Depth": "1"}, content=_LIST)
        names = [part.split("</")[0].rpartition("/")[2] for part in listed.text.split("href>")[1::2]]
        found = {name: await self.ask("GET", name) for name in names if name}
        return {name: answer.text for name, answer in found.items() if answer.is_success}

    async def events(self) -> list[tuple[datetime, datetime, str]]:
        """Start, end and title of all, in order."""
        return sorted(map(told, (await self.texts()).values()))

    async def put(self, start: str, end: str, *, title: str = "Lunch", name: str | None = None) -> str:
        """An event of theirs on December 1st 2026, in UTC; its name."""
        name = name or f"{uuid4()}.ics"
        await self.write(name, event(name, _at(start), _at(end), title))
        return name

    async def write(self, name: str, text: str) -> None:
        written = await self.ask("PUT", name, content=text, headers={"Content-Type": "text/calendar"})
        assert written.is_success, written.text

    async def delete(self, name: str) -> None:
        assert (await self.ask("DELETE", name)).is_success

    async def change(self, name: str, **properties: Any) -> None:
        """As a program of theirs does it: what it does not know of stays."""
        calendar = icalendar.Calendar.from_ical((await self.ask("GET", name)).text)
        [changed] = calendar.walk("VEVENT")
        for key, value in properties.items():
            changed.pop(key, None)
            changed.add(key, value)
        await self.write(name, calendar.to_ical().decode())

    async def move(self, name: str, start: str, end: str) -> None:
        await self.change(name, DTSTART=_at(start), DTEND=_at(end))


def _at(clock: str) -> datetime:
    return datetime.fromisoformat(f"2026-12-01T{clock}+00:00")


def told(text: str) -> tuple[datetime, datetime, str]:
    one: Any
    [one] = icalendar.Calendar.from_ical(text).walk("VEVENT")
    return one.start.astimezone(UTC), one.end.astimezone(UTC), str(one["SUMMARY"])


def event(uid: str, start: datetime, end: datetime, title: str) -> str:
    lines = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Somebody else//EN",
        "BEGIN:VEVENT",
        f"UID:{uid}",
        "DTSTAMP:20261101T000000Z",
        f"DTSTART:{start:%Y%m%dT%H%M%SZ}",
        f"DTEND:{end:%Y%m%dT%H%M%SZ}",
        f"SUMMARY:{title}",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    )
    return "\r\n".join(lines)


@contextmanager
def radicale(folder: Path) -> Iterator[Radicale]:
    certificate(folder, HOST, "localhost")
    (folder / "users").write_text(f"{USER}:{PASSWORD}\n")
    while True:
        port = free_port()
        (folder / "config").write_text(_CONFIG.format(port=port, folder=folder))
        server = subprocess.Popen([sys.executable, "-m", "radicale", "--config", str(folder / "config")])
        try:
            there = Radicale(port, folder)
            if not asyncio.run(_answers(server, there)):
                continue  # the port that was free has been taken by somebody else since
            yield there
            return
        finally:
            server.terminate()
            server.wait()


async def _answers(server: subprocess.Popen[bytes], there: Radicale) -> bool:
    """Returns once it does, and no other server; False if it has ended."""
    async with asyncio.timeout(60):
        while server.poll() is None:
            with suppress(OSError):
                _, writer = await asyncio.open_connection(
                    "127.0.0.1", there.port, ssl=there.trust, server_hostname=HOST, ssl_handshake_timeout=10
                )
                writer.close()
                with suppress(OSError):
                    await writer.wait_closed()
                return True
            await asyncio.sleep(0.05)
    return False
