"""Sealing what must not be read from a stolen disk or moved to another row: AES-256-GCM with keys from the settings.

A sealed value names its key, so keys are rotated by putting a new one first: the first seals, all of them open. What a
value is about (its organization, table and field) is authenticated with it: in another place it cannot be opened.
"""

import base64
import hmac
import secrets
from collections.abc import Sequence
from hashlib import sha256
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
_NAME_BYTES = 4
_NONCE_BYTES = 12


class MalformedKeys(ValueError):
    """The text is no list of keys; says what it should be, never what it is."""


class CannotOpen(Exception):
    """The value was sealed with a key that is not known, about something else, or not by us."""


class Sealer:
    """Seals and opens with a list of keys."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        """Keys of KEY_BYTES each, the sealing one first. Raises MalformedKeys."""
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            raise MalformedKeys("must be keys of 32 bytes in base64, separated by commas: `openssl rand -base64 32`")
        self._ciphers = {_name(key): AESGCM(key) for key in keys}
        self._first = _name(keys[0])
        self._digest_keys = [_for_digests(key) for key in keys]

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Keys in base64, separated by commas, as in SWITCHBOARD_ENCRYPTION_KEYS. Raises MalformedKeys."""
        try:
            keys = [base64.b64decode(key.strip(), validate=True) for key in text.split(",")]
        except ValueError:  # no base64, or not even ASCII
            keys = []
        return cls(keys)

    def seal(self, value: bytes, *, about: str) -> bytes:
        """The value so that only `open` with the same `about` reads it: key's name, nonce, ciphertext."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return self._first + nonce + self._ciphers[self._first].encrypt(nonce, value, about.encode())

    def open(self, sealed: bytes, *, about: str) -> bytes:
        """Raises CannotOpen."""
        name, rest = sealed[:_NAME_BYTES], sealed[_NAME_BYTES:]
        try:
            return self._ciphers[name].decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], about.encode())
        except (KeyError, ValueError, InvalidTag):
            raise CannotOpen from None

    def digests(self, value: bytes, *, about: str) -> list[bytes]:
        """By which the value is known again, not guessed: one for each key, of which the first is to be kept."""
        said = len(about.encode()).to_bytes(8) + about.encode() + value
        return [hmac.digest(key, said, "sha256") for key in self._digest_keys]


def _for_digests(key: bytes) -> bytes:
    return sha256(b"digests with a key " + key).digest()


def _name(key: bytes) -> bytes:
    return sha256(b"name of a key " + key).digest()[:_NAME_BYTES]
