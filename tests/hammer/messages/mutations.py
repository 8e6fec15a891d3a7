"""Real bodies, spoiled: by a seed, so that the same ones come again."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

SECRET = "X-Vapi-Secret"
TOOLS = ("checkAvailability", "bookClinicAppointment", "endCall", "nothing-like-it", "%00", "%F0%9F%98%80", "x" * 300)

_STRANGE = (
    "null", "true", "false", "0", "-0.0", "-1", "1e308", "1e400", "-1e400", "9007199254740993", "18446744073709551616",
    "1" * 400, "1" * 5_000, "0." + "1" * 400, '""', '" "', '"\\u0000"', '"\\ud83d"', '"\\udc00\\ud800"', '"\\uffff"',
    '"\\n\\r\\t"', '"\\u202e"', '"' + "a" * 5_000 + '"', '"+49301234567"', '"2027-13-45"', '"0000-00-00T00:00:00Z"',
    '"9999-12-31T23:59:59.999999999Z"', '"1970-01-01"', '"00000000-0000-0000-0000-000000000000"', '"{}"', '"[]"',
    '"{\\"date\\": \\"tomorrow\\"}"', '"{cut off"', "[]", "{}", "[null]", "[[]]", "[{}]", '{"a": {"b": {}}}',
    '{"__proto__": 1}', "[" + "0," * 2_000 + "0]", "[" * 200 + "]" * 200, '{"a":' * 200 + "1" + "}" * 200,
    "NaN", "Infinity", "-Infinity", "undefined", "'text'", "0x10", "01", "+1", "1.", ".5", "\ufeff1",
)  # fmt: skip
"""What stands in the place of any value: JSON that is odd, and what is nearly JSON."""

_BYTES = (b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\x00", b"\x1f", b"\xe2\x82", b"\xef\xbb\xbf")
_DEPTHS = (30, 64, 200, 1_000, 5_000, 100_000)
_MEDIA_TYPES = (
    "text/plain", "application/json; charset=utf-16", "application/json;", "APPLICATION/JSON", "application/jsonp",
    "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "*/*", ";", "application/problem+json",
)  # fmt: skip

Document = Any


@dataclass(frozen=True, slots=True)
class Mutant:
    """A request that Vapi would never make, and that somebody might."""

    kind: str
    """How it was made."""
    body: bytes = field(repr=False)
    path: str
    headers: Mapping[str, str]
    is_verified: bool


@dataclass(frozen=True, slots=True)
class Mutations:
    """Of these bodies, with this secret; `wrong` are secrets that prove nothing."""

    bodies: Sequence[bytes]
    secret: str = field(repr=False)
    wrong: Sequence[str] = field(repr=False)
    seed: int

    def __iter__(self) -> Iterator[Mutant]:
        """Without end."""
        chance = Random(self.seed)
        while True:
            yield self._mutant(chance)

    def _mutant(self, chance: Random) -> Mutant:
        names, weights = zip(*((name, weight) for name, (_, weight) in _KINDS.items()), strict=True)
        (kind,) = chance.choices(names, weights)
        body = _KINDS[kind][0](chance.choice(self.bodies), chance, self.bodies)
        path = chance.choice(("/api/vapi/webhook",) * 6 + ("/api/vapi/tools",) * 2 + ("/api/vapi/tools/",))
        path += chance.choice(TOOLS) if path.endswith("/") else ""
        is_verified = chance.random() < 0.85
        headers = {"Content-Type": "application/json" if chance.random() < 0.9 else chance.choice(_MEDIA_TYPES)}
        if is_verified:
            headers[SECRET] = self.secret
        elif chance.random() < 0.8:
            headers[SECRET] = chance.choice(self.wrong)
        return Mutant(kind, body, path, headers, is_verified)


def _flipped(body: bytes, chance: Random, _: Sequence[bytes]) -> bytes:
    spoiled = bytearray(body)
    for _flip in range(chance.choice((1, 1, 1, 2, 4, 16))):
        spoiled[chance.randrange(len(spoiled))] ^= 1 << chance.randrange(8)
    return bytes(spoiled)


def _cut_off(body: bytes, chance: Random, _: Sequence[bytes]) -> bytes:
    return body[: chance.randrange(len(body))]


def _shuffled(body: bytes, chance: Random, _: Sequence[bytes]) -> bytes:
    """A piece left out, written twice, or moved."""
    one, two = sorted(chance.randrange(len(body)) for _ in range(2))
    two = min(two, one + 200)
    piece, there = body[one:two], chance.randrange(len(body))
    kept = body if chance.random() < 0.5 else body[:one] + body[two:]
    return kept if chance.random() < 0.3 else kept[:there] + piece + kept[there:]


def _odd_bytes(body: bytes, chance: Random, _: Sequence[bytes]) -> bytes:
    for _time in range(chance.choice((1, 1, 3))):
        there = chance.randrange(len(body))
        body = body[:there] + chance.choice(_BYTES) + body[there:]
    return body


def _otherwise_encoded(body: bytes, chance: Random, _: Sequence[bytes]) -> bytes:
    encoding = chance.choice(("utf-16", "utf-16-le", "utf-32", "utf-8-sig", "utf-7", "cp037"))
    return body.decode().encode(encoding, "replace")


def _strange_value(body: bytes, chance: Random, _: Sequence[bytes]) -> bytes:
    """One to three values of it replaced by others, of any type."""
    document = json.loads(body)
    marks: list[tuple[str, str]] = []
    for _time in range(chance.choice((1, 1, 2, 3))):
        marks.append((f'"<mark {len(marks)}>"', chance.choice(_STRANGE)))
        _put(document, chance, marks[-1][0].strip('"'))
    return _marked(document, marks)


def _deep(body: bytes, chance: Random, _: Sequence[bytes]) -> bytes:
    document = json.loads(body)
    _put(document, chance, "<mark>")
    depth = chance.choice(_DEPTHS)
    opening, closing = chance.choice((("[", "]"), ('{"message":', "}"), ('[{"a":', "}]")))
    closed = depth if chance.random() < 0.7 else 0
    return _marked(document, [('"<mark>"', opening * depth + "1" + closing * closed)])


def _twice_the_key(body: bytes, chance: Random, _: Sequence[bytes]) -> bytes:
    document = json.loads(body)
    holder, name = _place(document, chance, only_objects=True)
    again = json.dumps(name) + ": " + chance.choice((*_STRANGE[:12], json.dumps(holder[name])))
    holder[name] = {"<mark>": holder[name]}
    text = json.dumps(document)
    written = json.dumps(holder[name])
    return text.replace(written, f"{json.dumps(holder[name]['<mark>'])}, {again}", 1).encode("utf-8", "surrogatepass")


def _bred(body: bytes, chance: Random, bodies: Sequence[bytes]) -> bytes:
    """A value of another body in the place of one of this."""
    document, other = json.loads(body), json.loads(chance.choice(bodies))
    holder, name = _place(other, chance)
    _put(document, chance, holder[name])
    return json.dumps(document).encode()


def _of_another_type(body: bytes, chance: Random, _: Sequence[bytes]) -> bytes:
    """One type of message with the fields of another."""
    document = json.loads(body)
    document["message"]["type"] = chance.choice((
        "tool-calls", "function-call", "assistant-request", "end-of-call-report", "status-update",
        "transfer-destination-request", "handoff-destination-request", "knowledge-base-request", "conversation-update",
        "x" * 200, "type\nwith\nlines", "ünïcode", "",
    ))  # fmt: skip
    return json.dumps(document).encode()


def _nothing_of_it(_body: bytes, chance: Random, _: Sequence[bytes]) -> bytes:
    return chance.choice((
        b"", b" ", b"null", b"[]", b"{}", b'"text"', b"0", b'{"message": null}', b'{"message": []}',
        b'{"message": {}}', b'{"message": {"type": "tool-calls"}}', b'[{"message": {}}]', b"\xef\xbb\xbf{}",
        b"{" * 100_000, b"[" * 1_000_000, b'{"message":' * 20_000, b"\x1f\x8b\x08\x00\x00\x00\x00\x00", b"a=b&c=d",
        bytes(chance.randrange(256) for _ in range(chance.randrange(1, 300))),
    ))  # fmt: skip


def _large(body: bytes, chance: Random, _: Sequence[bytes]) -> bytes:
    """Close to the cap, and beyond."""
    document = json.loads(body)
    _put(document, chance, "y" * chance.choice((100_000, 1_000_000, 2_096_000, 2_097_152)))
    return json.dumps(document).encode()


def _as_it_is(body: bytes, _chance: Random, _: Sequence[bytes]) -> bytes:
    return body


_KINDS: Mapping[str, tuple[Callable[[bytes, Random, Sequence[bytes]], bytes], float]] = {
    "flipped": (_flipped, 20),
    "cut off": (_cut_off, 6),
    "shuffled": (_shuffled, 8),
    "odd bytes": (_odd_bytes, 8),
    "otherwise encoded": (_otherwise_encoded, 2),
    "strange value": (_strange_value, 30),
    "deep": (_deep, 4),
    "twice the key": (_twice_the_key, 5),
    "bred": (_bred, 8),
    "of another type": (_of_another_type, 4),
    "nothing of it": (_nothing_of_it, 2),
    "large": (_large, 0.5),
    "as it is": (_as_it_is, 4),
}
"""How, and how often among the others."""


def _put(document: Document, chance: Random, value: object) -> None:
    holder, name = _place(document, chance)
    holder[name] = value


def _place(document: Document, chance: Random, *, only_objects: bool = False) -> tuple[Document, Any]:
    """Some place in it, the message's own fields and those that are read more often than others."""
    holder = document
    while True:
        names = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        name = chance.choice(names)
        inside = holder[name]
        is_last = not isinstance(inside, dict | list) or not inside or chance.random() < 0.25
        if is_last and (isinstance(holder, dict) or not only_objects) and holder is not document:
            return holder, name
        holder = document if is_last else inside


def _marked(document: Document, marks: Sequence[tuple[str, str]]) -> bytes:
    text = json.dumps(document)
    for mark, raw in marks:
        text = text.replace(mark, raw)
    return text.encode("utf-8", "surrogatepass")
