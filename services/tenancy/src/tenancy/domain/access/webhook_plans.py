"""How Vapi shows a secret: `server.secret`, and a custom credential's `authenticationPlan`. The defaults are Vapi's."""

import base64
import binascii
import re
import secrets
from dataclasses import dataclass
from enum import StrEnum

from tenancy.domain.errors import MalformedWebhookCredential

SHORTEST_SECRET = 16
"""Bytes; less can be guessed."""

LONGEST_SECRET = 1024
LONGEST_HEADER_NAME = 100
LONGEST_PREFIX = 50
LONGEST_PAYLOAD_FORMAT = 500

_MADE_UP_BYTES = 32
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.6.2: token
_CONNECTIONS_OWN = {
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
}
"""Headers that say how a message travels: written by whoever carries it, and no place for a secret."""

_PLACEHOLDERS = re.compile(r"\{(?:body|timestamp|method|url|svix-id)\}")


class Algorithm(StrEnum):
    SHA256 = "sha256"
    SHA512 = "sha512"
    SHA1 = "sha1"


class Encoding(StrEnum):
    HEX = "hex"
    BASE64 = "base64"


@dataclass(frozen=True, slots=True)
class SecretPlan:
    """The secret itself in `X-Vapi-Secret`."""


@dataclass(frozen=True, slots=True)
class BearerPlan:
    """The secret in a header."""

    header_name: str = "Authorization"
    bearer_prefix: bool = True


@dataclass(frozen=True, slots=True)
class HmacPlan:
    """A signature by the secret."""

    algorithm: Algorithm
    signature_header: str = "x-signature"
    timestamp_header: str = "x-timestamp"
    include_timestamp: bool = True
    payload_format: str = "{timestamp}.{body}"
    signature_prefix: str = ""
    signature_encoding: Encoding = Encoding.HEX
    secret_is_base64: bool = False
    message_id_header: str = ""


WebhookPlan = SecretPlan | BearerPlan | HmacPlan


def check_plan(plan: WebhookPlan) -> None:
    """Raises MalformedWebhookCredential with the field that cannot be used."""
    match plan:
        case BearerPlan():
            _check_header("bearer.header_name", plan.header_name)
        case HmacPlan():
            _check_hmac_headers(plan)
            _check_payload_format(plan)
            _check("hmac.signature_prefix", _is_prefix(plan.signature_prefix))
        case SecretPlan():
            pass


def check_secret(plan: WebhookPlan, secret: str) -> None:
    """Raises MalformedWebhookCredential if the secret is too short, or cannot travel as the plan says."""
    _check("secret", len(secret.encode()) <= LONGEST_SECRET)
    if isinstance(plan, HmacPlan):
        _check("secret", len(hmac_key(plan, secret)) >= SHORTEST_SECRET)
    else:
        _check("secret", len(secret) >= SHORTEST_SECRET and _is_header_value(secret))


def made_up_secret(plan: WebhookPlan) -> str:
    """256 random bits, in the form that the plan asks for."""
    if isinstance(plan, HmacPlan) and plan.secret_is_base64:
        return base64.b64encode(secrets.token_bytes(_MADE_UP_BYTES)).decode()
    return secrets.token_urlsafe(_MADE_UP_BYTES)


def hmac_key(plan: HmacPlan, secret: str) -> bytes:
    """The key's bytes. Raises MalformedWebhookCredential for a secret that is not the base64 it should be.

    Standard Webhooks writes `whsec_` before its secrets, which is no part of the key.
    """
    if not plan.secret_is_base64:
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        raise MalformedWebhookCredential(field="secret") from None


def _check_hmac_headers(plan: HmacPlan) -> None:
    named = {"hmac.signature_header": plan.signature_header}
    if plan.include_timestamp:
        named["hmac.timestamp_header"] = plan.timestamp_header
    if plan.message_id_header:
        named["hmac.message_id_header"] = plan.message_id_header
    seen: set[str] = set()
    for field, name in named.items():
        _check_header(field, name)
        _check(field, name.lower() not in seen)
        seen.add(name.lower())


def _check_payload_format(plan: HmacPlan) -> None:
    text = plan.payload_format
    around = _PLACEHOLDERS.sub("", text)
    _check(
        "hmac.payload_format",
        len(text) <= LONGEST_PAYLOAD_FORMAT
        and "{body}" in text
        and not set(around) & set("{}\0")
        and (plan.include_timestamp or "{timestamp}" not in text),
    )
    _check("hmac.message_id_header", bool(plan.message_id_header) or "{svix-id}" not in text)


def _check_header(field: str, name: str) -> None:
    usable = len(name) <= LONGEST_HEADER_NAME and _HEADER_NAME.fullmatch(name) is not None
    _check(field, usable and name.lower() not in _CONNECTIONS_OWN)


def _is_prefix(text: str) -> bool:
    return len(text) <= LONGEST_PREFIX and text.isascii() and text.isprintable() and text == text.lstrip()


def _is_header_value(text: str) -> bool:
    return text.isascii() and text.isprintable() and text == text.strip()


def _check(field: str, holds: bool) -> None:  # noqa: FBT001  # reads as an assertion
    if not holds:
        raise MalformedWebhookCredential(field=field)
