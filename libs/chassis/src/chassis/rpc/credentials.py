"""Service credentials: every RPC but health and reflection names its caller.

A caller holds a token in a file of its own; a server holds the digests of those it admits, so a server's files let
nobody in anywhere. Both files are read anew when they change: a token is rotated by adding the new digest, replacing
the token, and removing the old digest.
"""

import hmac
import re
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

_LINE = re.compile(r"(?P<caller>[a-z][a-z0-9-]*)\s+(?P<digest>[0-9a-f]{64})")


class CredentialsUnreadable(Exception):
    """The credentials file cannot be used; the text says which line and what it should be."""


def token_digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()


class _ReadOnChange:
    """A small file, read again when it was replaced or changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int, int] | None = None
        self._text = ""

    def text(self) -> tuple[str, bool]:
        """The file's text, and whether it was read anew. Raises OSError."""
        status = self._path.stat()
        seen = (status.st_ino, status.st_mtime_ns, status.st_size)
        if changed := seen != self._seen:
            self._text, self._seen = self._path.read_text(), seen
        return self._text, changed


class ServiceToken:
    """The token this process shows to other services."""

    def __init__(self, path: Path) -> None:
        """Raises OSError: a process without a token does not start."""
        self._file = _ReadOnChange(path)
        self._header = ""
        self._refresh()

    def header(self) -> str:
        """The `authorization` header. A file that became unreadable changes nothing."""
        with suppress(OSError):
            self._refresh()
        return self._header

    def _refresh(self) -> None:
        text, changed = self._file.text()
        if changed:
            self._header = f"Bearer {text.strip()}"


class ServiceCredentials:
    """Who may call this server."""

    def __init__(self, path: Path) -> None:
        """Raises CredentialsUnreadable or OSError: a server that could admit nobody does not start."""
        self._file = _ReadOnChange(path)
        self._callers: Mapping[str, str] = MappingProxyType({})
        self._refresh()

    def caller_of(self, header: str | None) -> str | None:
        """The caller's name if the `authorization` header proves one.

        A file that became unreadable changes nothing: those who were admitted still are.
        """
        with suppress(OSError, CredentialsUnreadable):
            self._refresh()
        if header is None or not header.startswith("Bearer "):
            return None
        presented = token_digest(header.removeprefix("Bearer "))
        found = None
        for digest, caller in self._callers.items():
            if hmac.compare_digest(digest, presented):
                found = caller
        return found

    def _refresh(self) -> None:
        text, changed = self._file.text()
        if changed:
            self._callers = _parse(text)


def _parse(text: str) -> Mapping[str, str]:
    callers = {}
    for number, line in enumerate(text.splitlines(), start=1):
        content = line.partition("#")[0].strip()
        if not content:
            continue
        match = _LINE.fullmatch(content)
        if match is None:
            raise CredentialsUnreadable(f"line {number} must be `caller sha256-of-token`, with 64 hexadecimal digits")
        callers[match["digest"]] = match["caller"]
    if not callers:
        raise CredentialsUnreadable("it names nobody who may call")
    return MappingProxyType(callers)
