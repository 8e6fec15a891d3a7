"""Which control URLs may be posted to. A URL comes in a body, and says nothing about where it leads."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Self

import httpx

from chassis.outside.addresses import Address, Allows, is_public

HTTPS = 443
_HTTP = 80

_LONGEST = 1000
# Nothing that any two programs read differently: no user, no escapes in the host, no other alphabet.
_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9.-]{1,253})(?::(?P<port>[0-9]{1,5}))?(?:/[A-Za-z0-9._~!$&'()*+,;=/?:-]*)?"
)
_NAME = re.compile(r"\.?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+")
_THIS_MACHINE = re.compile(r"(?P<host>127\.0\.0\.1|localhost)(?::(?P<port>[0-9]{1,5}))?")


@dataclass(frozen=True, slots=True)
class ControlUrl:
    """One that may be posted to, at addresses that it allows."""

    url: httpx.URL
    allows: Allows


class ControlHosts:
    """Hosts whose control URLs are Vapi's: names, with all that ends in them; this machine's own while developing."""

    form: ClassVar[re.Pattern[str]] = _URL
    longest: ClassVar[int] = _LONGEST

    def __init__(self, names: Iterable[str], of_this_machine: Iterable[tuple[str, int | None]]) -> None:
        self._names = tuple(names)
        self._of_this_machine = tuple(of_this_machine)

    @classmethod
    def of(cls, setting: str) -> Self:
        """`.vapi.ai,127.0.0.1:8090`. Raises ValueError for what is no host."""
        names: list[str] = []
        local: list[tuple[str, int | None]] = []
        for entry in filter(None, (one.strip().lower() for one in setting.split(","))):
            if here := _THIS_MACHINE.fullmatch(entry):
                local.append((here["host"], int(here["port"]) if here["port"] else None))
            elif _NAME.fullmatch(entry) and not entry.rpartition(".")[2].isdecimal():
                names.append(entry.removeprefix("."))
            else:
                raise ValueError(f"{entry!r} is no host, such as .vapi.ai")
        return cls(names, local)

    def checked(self, text: str) -> ControlUrl | None:
        """None if it must not be posted to."""
        written = self.form.fullmatch(text) if len(text) <= self.longest else None
        if written is None:
            return None
        host, port = written["host"].lower(), int(written["port"]) if written["port"] else None
        if written["scheme"] == "https":
            return _posted(text, is_public) if port in (None, HTTPS) and self._is_named(host) else None
        return _posted(text, _is_loopback) if self._is_here(host, port or _HTTP) else None

    def _is_named(self, host: str) -> bool:
        return all(host.split(".")) and any(host == name or host.endswith(f".{name}") for name in self._names)

    def _is_here(self, host: str, port: int) -> bool:
        return any(host == here and wanted in (None, port) for here, wanted in self._of_this_machine)


def _posted(text: str, allows: Allows) -> ControlUrl | None:
    try:
        return ControlUrl(httpx.URL(text), allows)
    except httpx.InvalidURL:
        return None


def _is_loopback(address: Address) -> bool:
    return address.is_loopback
