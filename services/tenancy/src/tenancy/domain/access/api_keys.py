"""API keys: `sb_<id>_<secret>` of an organization, `sbp_<id>_<secret>` of the platform's administration.

Opaque to those who carry them. We keep the SHA-256 of the whole key and find it by that. The secret holds 256 random
bits, so the digest needs no salt and no slow hash, and since nobody can steer a digest towards another, the look-up's
timing tells nothing.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID, uuid4

MOST_LIVE = 2
"""Live keys of one name: one that is replaced, and the one that replaces it."""

_SECRET_BYTES = 32
_FORM = re.compile(r"sbp?_[0-9a-f]{32}_[A-Za-z0-9_-]{43}")


class Scope(StrEnum):
    """What a key may do: look; look and change."""

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it can be shown: everything but the key."""

    id: UUID
    name: str
    scope: Scope
    created_at: datetime
    last_used_at: datetime | None = None
    """To a minute; None if it never was."""
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class KeyText:
    """A key in the one moment in which it can be shown."""

    id: UUID
    text: str = field(repr=False)

    @classmethod
    def for_organization(cls) -> Self:
        return cls._made_up("sb")

    @classmethod
    def for_platform(cls) -> Self:
        return cls._made_up("sbp")

    @classmethod
    def _made_up(cls, mark: str) -> Self:
        key_id = uuid4()
        return cls(key_id, f"{mark}_{key_id.hex}_{secrets.token_urlsafe(_SECRET_BYTES)}")


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """Whom a key belongs to; None is the platform's administration."""

    organization_id: UUID | None
    key_id: UUID
    scope: Scope
    rate_limit_per_minute: int | None = None
    """The organization's own; None: what the deployment allows all."""


def is_well_formed(key: str) -> bool:
    return _FORM.fullmatch(key) is not None


def digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
