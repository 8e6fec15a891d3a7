"""Whether a message is from whom it should be: the ways in which Vapi shows a secret, checked over the raw bytes.

Each comparison takes a time that tells nothing about the secret. A message that is sent again while its signature is
good proves its sender again; what is signed tells that it is the same delivery (`Proven.delivery`).
"""

import hashlib
import hmac
import re
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import cycle

from starlette.datastructures import Headers

from switchboard.tenancy.v1 import webhook_credential_service_pb2 as pb

VAPI_SECRET = "X-Vapi-Secret"  # noqa: S105  # the header's name

TOLERANCE = 300
"""Seconds that a signature's timestamp may be off, either way."""

_MILLISECONDS_FROM = 10**11
"""Vapi does not say whether its timestamps are seconds or milliseconds; from here on they are the latter."""

_TIMESTAMP = re.compile(r"[0-9]{1,15}")
_PLACEHOLDER = re.compile(r"\{(body|timestamp|method|url|svix-id)\}")


class SharedSecret:
    """A secret that is compared in a time that tells nothing about it."""

    def __init__(self, secret: str) -> None:
        self._digest = hashlib.sha256(secret.encode()).digest()

    def matches(self, presented: str | None) -> bool:
        """`presented` is a header's value as Starlette reads it (latin-1), or None where there is none."""
        return _has_digest(presented or "", self._digest) and presented is not None


class PlatformSecrets:
    """The deployment's own: the one that Vapi is given, and others that are accepted while it replaces them."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._secrets = [SharedSecret(secret) for secret in secrets]

    def which(self, presented: str | None) -> int | None:
        """Its position; None if it is none of them. All are compared, so that the time tells nothing."""
        matches = [secret.matches(presented) for secret in self._secrets]
        return matches.index(True) if any(matches) else None


@dataclass(frozen=True, slots=True)
class Shown:
    """What a request shows of its sender."""

    headers: Headers
    body: bytes
    method: str
    url: Callable[[], str]
    """As the sender knows it; put together only where it is signed."""

    def header(self, name: str) -> str | None:
        """Its value; None also where there are several that differ, since one of them is not the sender's."""
        values = set(self.headers.getlist(name))
        return values.pop() if len(values) == 1 else None


@dataclass(frozen=True, slots=True)
class Proven:
    """The sender knows the secret."""

    delivery: str = ""
    """What is signed and tells this delivery of a message from others; empty if nothing that is signed does."""


Proof = Callable[[Shown, datetime], Proven | None]
"""None if what is shown does not prove that the sender knows the secret."""

_PROVEN = Proven()


@dataclass(frozen=True, slots=True)
class Verifier:
    """One of an organization's webhook credentials."""

    credential_id: str
    proof: Proof
    not_before: datetime | None
    not_after: datetime | None

    def is_live(self, now: datetime) -> bool:
        return (self.not_before is None or self.not_before <= now) and (self.not_after is None or now < self.not_after)


def verifier_of(verifier: pb.WebhookVerifier) -> Verifier | None:
    """None for a plan that this release does not know: it verifies nothing."""
    proof = _proof_of(verifier)
    if proof is None:
        return None
    return Verifier(
        verifier.credential_id,
        proof,
        not_before=verifier.not_before.ToDatetime(UTC) if verifier.HasField("not_before") else None,
        not_after=verifier.not_after.ToDatetime(UTC) if verifier.HasField("not_after") else None,
    )


def _proof_of(verifier: pb.WebhookVerifier) -> Proof | None:
    plan = verifier.plan
    match plan.WhichOneof("plan"):
        case "secret":
            return SecretInHeader(verifier.secret_digest, VAPI_SECRET, has_prefix=False)
        case "bearer":
            has_prefix = plan.bearer.bearer_prefix if plan.bearer.HasField("bearer_prefix") else True
            return SecretInHeader(verifier.secret_digest, plan.bearer.header_name or "Authorization", has_prefix)
        case "hmac":
            return Signature(verifier.hmac_key, plan.hmac)
        case _:
            return None


class SecretInHeader:
    """The secret itself, with or without `Bearer ` before it."""

    __slots__ = ("_digest", "_has_prefix", "_header")

    def __init__(self, digest: bytes, header: str, has_prefix: bool) -> None:  # noqa: FBT001  # one of three facts
        self._digest = digest
        self._header = header
        self._has_prefix = has_prefix

    def __call__(self, shown: Shown, _now: datetime) -> Proven | None:
        presented = shown.header(self._header) or ""
        if self._has_prefix:
            scheme, _, presented = presented.partition(" ")
            if scheme.lower() != "bearer":
                return None
        return _PROVEN if _has_digest(presented, self._digest) else None


class Signature:
    """An HMAC as Vapi's plan describes it, or as Standard Webhooks does, which may show several at once."""

    __slots__ = ("_key", "_scheme")

    def __init__(self, key: bytes, plan: pb.HmacPlan) -> None:
        self._key = key
        self._scheme = _scheme_of(plan.SerializeToString(deterministic=True))

    def __call__(self, shown: Shown, now: datetime) -> Proven | None:
        scheme = self._scheme
        presented = shown.header(scheme.signature_header)
        timestamp = shown.header(scheme.timestamp_header) if scheme.has_timestamp else ""
        message_id = shown.header(scheme.id_header) if scheme.id_header else ""
        if presented is None or timestamp is None or message_id is None or scheme.algorithm is None:
            return None
        if scheme.has_timestamp and not _is_recent(timestamp, now):
            return None
        digest = hmac.digest(self._key, scheme.signed(shown, timestamp, message_id), scheme.algorithm)
        return Proven(scheme.delivery(message_id, digest)) if scheme.shows(presented, digest) else None


@dataclass(frozen=True, slots=True)
class _Scheme:
    """All of a plan but the key; many organizations' are the same."""

    algorithm: str | None
    """None: not one that this release knows."""
    signature_header: str
    timestamp_header: str
    has_timestamp: bool
    id_header: str
    prefix: str
    is_base64: bool
    payload: tuple[str, ...]
    """Text, placeholder, text, placeholder, …, text."""

    def signed(self, shown: Shown, timestamp: str, message_id: str) -> bytes:
        """The payload. Filled in one pass: what a sender writes is never taken for a placeholder."""
        values: dict[str, Callable[[], bytes]] = {
            "body": lambda: shown.body,
            "timestamp": lambda: timestamp.encode("latin-1"),
            "method": shown.method.encode,
            "url": lambda: shown.url().encode(),
            "svix-id": lambda: message_id.encode("latin-1"),
        }
        return b"".join(
            values[part]() if is_placeholder else part.encode()
            for part, is_placeholder in zip(self.payload, cycle((False, True)), strict=False)
        )

    def delivery(self, message_id: str, digest: bytes) -> str:
        """The message's id where it is signed: the same when it is sent again, with another time.

        Else the signature itself where the time is signed: without the time, the same body would always have the same.
        """
        placeholders = self.payload[1::2]
        if message_id and "svix-id" in placeholders:
            return message_id
        return digest.hex() if self.has_timestamp and "timestamp" in placeholders else ""

    def shows(self, presented: str, digest: bytes) -> bool:
        """Whether a header's value holds the signature, alone or among several."""
        expected = b64encode(digest).rstrip(b"=") if self.is_base64 else digest.hex().encode()
        return any(
            hmac.compare_digest(self._bare(one), expected)
            for one in (presented, *presented.split(" "))
            if one.startswith(self.prefix)
        )

    def _bare(self, presented: str) -> bytes:
        """A signature in the form in which ours is written: hexadecimal in lower case, base64 without padding."""
        bare = presented.removeprefix(self.prefix).encode("latin-1", "replace")
        return bare.rstrip(b"=") if self.is_base64 else bare.lower()


@lru_cache(maxsize=1000)
def _scheme_of(serialized: bytes) -> _Scheme:
    plan = pb.HmacPlan.FromString(serialized)
    return _Scheme(
        algorithm=_DIGESTS.get(plan.algorithm),
        signature_header=plan.signature_header or "x-signature",
        timestamp_header=plan.timestamp_header or "x-timestamp",
        has_timestamp=plan.include_timestamp if plan.HasField("include_timestamp") else True,
        id_header=plan.message_id_header,
        prefix=plan.signature_prefix,
        is_base64=plan.signature_encoding == pb.HmacPlan.BASE64,
        payload=tuple(_PLACEHOLDER.split(plan.payload_format or "{timestamp}.{body}")),
    )


_DIGESTS = {pb.HmacPlan.SHA256: "sha256", pb.HmacPlan.SHA512: "sha512", pb.HmacPlan.SHA1: "sha1"}


def _is_recent(timestamp: str, now: datetime) -> bool:
    if not _TIMESTAMP.fullmatch(timestamp):
        return False
    number = int(timestamp)
    seconds = number / 1000 if number >= _MILLISECONDS_FROM else float(number)
    return abs(now.timestamp() - seconds) <= TOLERANCE


def _has_digest(presented: str, digest: bytes) -> bool:
    return hmac.compare_digest(hashlib.sha256(presented.encode("latin-1", "replace")).digest(), digest)
