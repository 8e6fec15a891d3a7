"""Every way in which Vapi can be told to prove itself, and every way we know to spoil a proof.

Signs by Vapi's documents alone (HMACAuthenticationPlan; Standard Webhooks), with nothing of the gateway's.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import cycle, product
from random import Random
from typing import Any

from switchboard.tenancy.v1.webhook_credential_service_pb2 import (
    BearerPlan,
    HmacPlan,
    SecretPlan,
    WebhookPlan,
    WebhookVerifier,
)

KEY, ANOTHER_KEY = b"a key of thirty-two random bytes", b"another key of as many such bytes"
SECRET = "a secret that only two know"
TOLERANCE = 300
ALGORITHMS = {HmacPlan.SHA256: "sha256", HmacPlan.SHA512: "sha512", HmacPlan.SHA1: "sha1"}
PREFIXES = ("", "sha256=", "v1,", "HMAC ")
FORMATS = (
    "{timestamp}.{body}",
    "{svix-id}.{timestamp}.{body}",
    "{method} {url} {timestamp} {body}",
    "{timestamp}:{svix-id}:{body}:{body}",
    "{body}",
)
HEX, BASE64 = "0123456789abcdef", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


@dataclass(frozen=True, slots=True)
class Request:
    """What arrives, and when."""

    headers: tuple[tuple[str, str], ...]
    body: bytes
    method: str
    url: str
    now: datetime

    def value(self, name: str) -> str:
        return dict(self.headers)[name]

    def with_value(self, name: str, value: str) -> "Request":
        return replace(self, headers=tuple((one, value if one == name else kept) for one, kept in self.headers))

    def without(self, name: str) -> "Request":
        return replace(self, headers=tuple(pair for pair in self.headers if pair[0] != name))

    def with_another(self, name: str, value: str) -> "Request":
        return replace(self, headers=(*self.headers, (name, value)))


@dataclass(frozen=True, slots=True)
class Proven:
    """A plan, and how a sender who knows the secret follows it."""

    name: str
    verifier: WebhookVerifier
    proof_header: str
    """In which the signature, or the secret, is shown."""
    prefix: str = ""
    hmac: HmacPlan | None = None

    @property
    def is_base64(self) -> bool:
        return self.hmac is not None and self.hmac.signature_encoding == HmacPlan.BASE64

    def signs(self, part: str) -> bool:
        return self.hmac is not None and f"{{{part}}}" in self.hmac.payload_format

    def request(self, body: bytes, now: datetime, url: str, *, key: bytes = KEY) -> Request:
        unsigned = Request((), body, "POST", url, now)
        if self.hmac is None:
            return replace(unsigned, headers=((self.proof_header, self.prefix + SECRET),))
        timestamp, message_id = str(int(now.timestamp())), "msg_p5jXN8AQM9LWM0D4loKWxJek"
        headers = ((self.proof_header, ""), ("x-when", timestamp), ("x-id", message_id))
        return self.signed(replace(unsigned, headers=headers), key=key)

    def signed(self, request: Request, *, key: bytes = KEY, algorithm: str = "") -> Request:
        assert self.hmac is not None
        values = {
            "{body}": request.body,
            "{timestamp}": request.value("x-when").encode(),
            "{method}": request.method.encode(),
            "{url}": request.url.encode(),
            "{svix-id}": request.value("x-id").encode(),
        }
        payload = self.hmac.payload_format.encode()
        # The body last: what is in it is no placeholder.
        for placeholder in sorted(values, key="{body}".__eq__):
            payload = payload.replace(placeholder.encode(), values[placeholder])
        digest = hmac.new(key, payload, algorithm or ALGORITHMS[self.hmac.algorithm]).digest()
        return request.with_value(self.proof_header, self.prefix + self.written(digest))

    def written(self, digest: bytes) -> str:
        return base64.b64encode(digest).decode() if self.is_base64 else digest.hex()


def _hmac_plans() -> Iterator[Proven]:
    for algorithm, is_base64, prefix, payload in product(ALGORITHMS, (False, True), PREFIXES, FORMATS):
        plan = HmacPlan(
            algorithm=algorithm,
            signature_header="x-proof",
            timestamp_header="x-when",
            message_id_header="x-id" if "{svix-id}" in payload else "",
            include_timestamp=payload != "{body}",
            payload_format=payload,
            signature_prefix=prefix,
            signature_encoding=HmacPlan.BASE64 if is_base64 else HmacPlan.HEX,
        )
        verifier = WebhookVerifier(credential_id="c-1", plan=WebhookPlan(hmac=plan), hmac_key=KEY)
        name = f"{ALGORITHMS[algorithm]} {'base64' if is_base64 else 'hex'} {prefix!r} {payload!r}"
        yield Proven(name, verifier, "x-proof", prefix, plan)


def _secret_plans() -> Iterator[Proven]:
    digest = hashlib.sha256(SECRET.encode()).digest()
    secret = WebhookPlan(secret=SecretPlan())
    yield Proven("secret", WebhookVerifier(credential_id="c-1", plan=secret, secret_digest=digest), "x-vapi-secret")
    for header, prefix in product(("authorization", "x-token"), ("Bearer ", "")):
        bearer = WebhookPlan(bearer=BearerPlan(header_name=header, bearer_prefix=bool(prefix)))
        verifier = WebhookVerifier(credential_id="c-1", plan=bearer, secret_digest=digest)
        yield Proven(f"bearer {header} {prefix!r}", verifier, header, prefix)


PLANS = {plan.name: plan for plan in (*_hmac_plans(), *_secret_plans())}

Mutation = Callable[[Proven, Request, Random], Request | None]
"""Another request, of which nothing proves who sent it; None where the plan knows no such thing."""


def mutated(plan: Proven, request: Request, random: Random) -> Iterator[tuple[str, Request]]:
    """Spoilt requests without end, of every kind in turn, with the kind's name."""
    kinds = (*_OF_ANY, *(_OF_SIGNATURES if plan.hmac else ()))
    for kind in cycle(kinds):
        spoilt = kind(plan, request, random)
        if spoilt is not None and spoilt != request:
            yield kind.__name__, spoilt


def _bare(plan: Proven, request: Request) -> str:
    return request.value(plan.proof_header).removeprefix(plan.prefix)


def _showing(plan: Proven, request: Request, bare: str) -> Request:
    return request.with_value(plan.proof_header, plan.prefix + bare)


def one_character_is_another(plan: Proven, request: Request, random: Random) -> Request:
    bare = _bare(plan, request)
    at = random.randrange(len(bare.rstrip("=")))
    alphabet = HEX if plan.hmac and not plan.is_base64 else BASE64
    other = random.choice([one for one in alphabet if one != bare[at]])
    return _showing(plan, request, bare[:at] + other + bare[at + 1 :])


def one_character_is_missing(plan: Proven, request: Request, random: Random) -> Request:
    bare = _bare(plan, request).rstrip("=")
    at = random.randrange(len(bare))
    return _showing(plan, request, bare[:at] + bare[at + 1 :])


def one_character_is_too_many(plan: Proven, request: Request, random: Random) -> Request:
    bare = _bare(plan, request).rstrip("=")
    at = random.randrange(len(bare) + 1)
    return _showing(plan, request, bare[:at] + random.choice(HEX) + bare[at:])


def only_a_part_is_shown(plan: Proven, request: Request, random: Random) -> Request:
    bare = _bare(plan, request).rstrip("=")
    return _showing(plan, request, bare[: random.randrange(len(bare))])


def nothing_is_shown(plan: Proven, request: Request, random: Random) -> Request:
    return random.choice((request.without(plan.proof_header), request.with_value(plan.proof_header, "")))


def it_is_shown_elsewhere(plan: Proven, request: Request, random: Random) -> Request:
    header = random.choice(["x-vapi-signature", "x-signature", "cookie", "x-api-key", "proxy-authorization"])
    return request.without(plan.proof_header).with_another(header, request.value(plan.proof_header))


def the_prefix_is_another(plan: Proven, request: Request, random: Random) -> Request:
    others = {"", "v2,", "sha512=", "Basic ", "sha256", "v1", "=", ","} - {plan.prefix}
    return request.with_value(plan.proof_header, random.choice(sorted(others)) + "!" + _bare(plan, request))


def the_prefix_is_missing(plan: Proven, request: Request, _random: Random) -> Request | None:
    return request.with_value(plan.proof_header, _bare(plan, request)) if plan.prefix else None


def two_differ(plan: Proven, request: Request, random: Random) -> Request:
    """And whoever checks could choose."""
    wrong = one_character_is_another(plan, request, random).value(plan.proof_header)
    pairs = [(plan.proof_header, request.value(plan.proof_header)), (plan.proof_header, wrong)]
    random.shuffle(pairs)
    return replace(request.without(plan.proof_header), headers=(*pairs, *request.without(plan.proof_header).headers))


def it_is_written_upside_down(plan: Proven, request: Request, random: Random) -> Request:
    bare = _bare(plan, request)
    return _showing(plan, request, random.choice((bare[::-1], bare * 2, f'"{bare}"', f"{bare},{bare}", f"{bare};")))


def bytes_that_are_no_text_are_shown(plan: Proven, request: Request, random: Random) -> Request:
    noise = bytes(random.randrange(128, 256) for _ in range(random.randrange(1, 64)))
    return _showing(plan, request, noise.decode("latin-1"))


def one_bit_of_the_body_is_another(_plan: Proven, request: Request, random: Random) -> Request:
    body = bytearray(request.body)
    body[random.randrange(len(body))] ^= 1 << random.randrange(8)
    return replace(request, body=bytes(body))


def the_body_is_shorter(_plan: Proven, request: Request, random: Random) -> Request:
    begin, end = sorted(random.sample(range(len(request.body) + 1), 2))
    return replace(request, body=request.body[:begin] + request.body[end:])


def the_body_is_longer(_plan: Proven, request: Request, random: Random) -> Request:
    at = random.randrange(len(request.body) + 1)
    more = random.choice([b" ", b"\n", b"\0", b"\xef\xbb\xbf", b"{}", b"{body}", b"0"])
    return replace(request, body=request.body[:at] + more + request.body[at:])


def the_body_says_the_same_otherwise(_plan: Proven, request: Request, random: Random) -> Request:
    spellings = [(b": ", b":"), (b'": "', b'" : "'), (b"hang", b"\\u0068ang"), (b"{", b"{ "), (b"message", b"Message")]
    return replace(request, body=request.body.replace(*random.choice(spellings)))


def it_is_signed_with_another_key(plan: Proven, request: Request, random: Random) -> Request:
    key = random.choice([ANOTHER_KEY, b"", KEY[:-1], KEY + b"\1", base64.b64encode(KEY), KEY.hex().encode()])
    return plan.signed(request, key=key)


def it_is_signed_by_another_algorithm(plan: Proven, request: Request, random: Random) -> Request:
    assert plan.hmac is not None
    others = {"sha1", "sha256", "sha512", "md5", "sha384", "sha3_256"} - {ALGORITHMS[plan.hmac.algorithm]}
    return plan.signed(request, algorithm=random.choice(sorted(others)))


def it_is_written_in_another_alphabet(plan: Proven, request: Request, random: Random) -> Request | None:
    bare = _bare(plan, request)
    if plan.is_base64:
        digest = base64.b64decode(bare)
        others = [digest.hex(), bare.swapcase(), bare.replace("+", "-").replace("/", "_")]
    else:
        digest = bytes.fromhex(bare)
        others = [base64.b64encode(digest).decode(), "0x" + bare, ":".join(bare[at : at + 2] for at in range(0, 40, 2))]
    other = random.choice(others)
    return _showing(plan, request, other) if other != bare else None


def another_payload_is_signed(plan: Proven, request: Request, random: Random) -> Request:
    """As a sender does who follows another plan."""
    assert plan.hmac is not None
    others = [f for f in FORMATS if f != plan.hmac.payload_format]
    followed = HmacPlan()
    followed.CopyFrom(plan.hmac)
    followed.payload_format = random.choice(others)
    return replace(plan, hmac=followed).signed(request)


def the_time_is_another(plan: Proven, request: Request, random: Random) -> Request | None:
    if not plan.signs("timestamp"):
        return None
    told = int(request.value("x-when"))
    moved = told + random.choice([-1, 1]) * random.randrange(1, TOLERANCE)
    return request.with_value("x-when", random.choice([str(moved), str(told * 1000), f"0{told}", f"{told}0"]))


def the_time_is_no_time(plan: Proven, request: Request, random: Random) -> Request | None:
    if not plan.signs("timestamp"):
        return None
    told = request.value("x-when")
    strange = ["", "now", f"+{told}", f"-{told}", f"{told}.0", f"{told}e0", hex(int(told)), "9" * 400, f"{told},{told}"]
    return plan.signed(request.with_value("x-when", random.choice(strange)))


def the_time_is_missing_or_told_twice(plan: Proven, request: Request, random: Random) -> Request | None:
    if not plan.signs("timestamp"):
        return None
    later = str(int(request.value("x-when")) + 1)
    return random.choice((request.without("x-when"), request.with_another("x-when", later)))


def it_comes_at_another_time(plan: Proven, request: Request, random: Random) -> Request | None:
    """Long after it was signed, or before."""
    if not plan.signs("timestamp"):
        return None
    off = timedelta(seconds=random.choice([-1, 1]) * (TOLERANCE + 1 + random.expovariate(1e-4)))
    return replace(request, now=request.now + off)


def the_id_is_another(plan: Proven, request: Request, random: Random) -> Request | None:
    if not plan.signs("svix-id"):
        return None
    spoilt = [
        request.with_value("x-id", f"msg_{random.randrange(10**9)}"),
        request.with_value("x-id", request.value("x-id").upper()),
        request.with_value("x-id", "{svix-id}"),
        request.with_another("x-id", "msg_another"),
        request.without("x-id"),
    ]
    return random.choice(spoilt)


def it_is_posted_elsewhere(plan: Proven, request: Request, random: Random) -> Request | None:
    if not plan.signs("url"):
        return None
    spoilt: list[dict[str, Any]] = [
        {"url": request.url + random.choice(["/", "?a=b", "#x", "%20"])},
        {"url": request.url.replace("webhook", "tools")},
        {"method": random.choice(["PUT", "GET", "post"])},
    ]
    return replace(request, **random.choice(spoilt))


_OF_ANY: tuple[Mutation, ...] = (
    one_character_is_another,
    one_character_is_missing,
    one_character_is_too_many,
    only_a_part_is_shown,
    nothing_is_shown,
    it_is_shown_elsewhere,
    the_prefix_is_another,
    the_prefix_is_missing,
    two_differ,
    it_is_written_upside_down,
    bytes_that_are_no_text_are_shown,
)
_OF_SIGNATURES: tuple[Mutation, ...] = (
    one_bit_of_the_body_is_another,
    the_body_is_shorter,
    the_body_is_longer,
    the_body_says_the_same_otherwise,
    it_is_signed_with_another_key,
    it_is_signed_by_another_algorithm,
    it_is_written_in_another_alphabet,
    another_payload_is_signed,
    the_time_is_another,
    the_time_is_no_time,
    the_time_is_missing_or_told_twice,
    it_comes_at_another_time,
    the_id_is_another,
    it_is_posted_elsewhere,
)
