"""Mutated bodies by the thousand: no mistake of ours is shown, nothing of others told, and nothing kept in memory."""

import asyncio
import json
import re
import tempfile
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import httpx
import psutil

from tests.hammer.messages.bodies import bodies_for
from tests.hammer.messages.clinic import Clinic
from tests.hammer.messages.mutations import Mutant, Mutations
from tests.system.running import Running

AT_ONCE = 32
MOST_GROWN = 20.0
"""MB by which the gateway may grow after its warm-up."""
WARM_UP = 0.1
"""Part of the bodies."""

DOCUMENTED = frozenset({"MESSAGE_NOT_RECORDED", "MESSAGE_NOT_KEPT", "SENDER_NOT_CHECKED"})
"""Codes of a 503 that tell Vapi to send a message again."""

_TRIES = 3
_PAUSE_SECONDS = 2.0
_MEGABYTE = 1_000_000
_OF_THE_PROGRAM = re.compile(
    r"Traceback|File \"|\.py\b|site-packages|sqlalchemy|asyncpg|psycopg|msgspec|starlette|uvicorn|grpc|protobuf"
    r"|postgres|SELECT |INSERT |\bself\b|[a-z](?:Error|Exception)\b",
    re.IGNORECASE,
)
"""What only a program says of itself."""

OnStep = Callable[[], None]


def quietly() -> None:
    """Nobody watches."""


@dataclass(slots=True)
class Fuzzed:
    """What came of it."""

    seed: int
    statuses: "Counter[str]" = field(default_factory=Counter)
    """By status, and the code of what is no 200."""
    complaints: list[str] = field(default_factory=list)
    failures: Path | None = None
    """Where the bodies of the complaints are."""
    before: float = 0.0
    """MB that the gateway has after its warm-up."""
    grown: float = 0.0
    """By how many more it has at the end."""

    @property
    def is_well(self) -> bool:
        return not self.complaints and self.grown < MOST_GROWN


@dataclass(slots=True)
class _Fuzz:
    http: httpx.AsyncClient
    gateway_url: str
    told_nobody: Sequence[bytes]
    """What no answer may hold."""
    outcome: Fuzzed
    sent_back: list[Mutant] = field(default_factory=list)

    async def put(self, mutant: Mutant) -> None:
        answer = await self._answer_to(mutant)
        if answer is None:
            return
        self.outcome.statuses[_named(answer)] += 1
        if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            self.sent_back.append(mutant)
        for complaint in self._complaints(mutant, answer):
            self._complain(mutant, f"{complaint}: {_named(answer)} {answer.text[:300]}")

    async def put_again(self) -> None:
        """What was to be sent again is taken, now that nobody else asks: else it would come for ever."""
        for mutant in self.sent_back:
            for _ in range(_TRIES):
                answer = await self._answer_to(mutant)
                if answer is None or not _is_to_come_again(answer):
                    break
                await asyncio.sleep(_PAUSE_SECONDS)
            else:
                self._complain(mutant, "never taken")

    async def _answer_to(self, mutant: Mutant) -> httpx.Response | None:
        try:
            return await self.http.post(
                f"{self.gateway_url}{mutant.path}", content=mutant.body, headers=dict(mutant.headers)
            )
        except httpx.TransportError as error:
            self._complain(mutant, f"no answer: {type(error).__name__}")
            return None

    def _complaints(self, mutant: Mutant, answer: httpx.Response) -> Iterator[str]:
        if answer.status_code >= 500 and _code_of(answer) not in DOCUMENTED:
            yield "a mistake of ours"
        if not mutant.is_verified and answer.status_code < 400:
            yield "let in without a credential"
        if any(one in answer.content for one in self.told_nobody):
            yield "told what is others'"
        if answer.status_code != httpx.codes.OK:
            said = _OF_THE_PROGRAM.search(answer.text)
            if said and said[0].encode() not in mutant.body:
                yield f"told of the program ({said[0]})"

    def _complain(self, mutant: Mutant, complaint: str) -> None:
        self.outcome.complaints.append(f"{mutant.kind}: {complaint}")
        if self.outcome.failures is None:
            self.outcome.failures = Path(tempfile.gettempdir()) / f"mutated-bodies-{self.outcome.seed}.jsonl"
            self.outcome.failures.write_text("")
        line = {
            "kind": mutant.kind,
            "complaint": complaint,
            "path": mutant.path,
            "headers": {
                name: value for name, value in mutant.headers.items() if not mutant.is_verified or "S" not in name
            },
            "is_verified": mutant.is_verified,
            "body": b64encode(mutant.body).decode(),
        }
        with self.outcome.failures.open("a") as file:
            file.write(json.dumps(line) + "\n")


async def fuzzed(
    http: httpx.AsyncClient,
    running: Running,
    clinic: Clinic,
    told_nobody: Iterable[str],
    times: int,
    seed: int,
    on_step: OnStep = quietly,
) -> Fuzzed:
    """So many mutants of the clinic's bodies. `told_nobody` are texts of another clinic's, and secrets."""
    stack = running.stack
    secrets = (stack.admin_key, stack.service_token, stack.vapi.api_key)
    wrong = (
        "wrong",
        stack.webhook_secret[:-1],
        stack.webhook_secret.swapcase(),
        "wrong,wrong",
        "Bearer " + stack.webhook_secret,
    )
    bodies = list(bodies_for(clinic.number, clinic.id).values())
    outcome = Fuzzed(seed)
    fuzz = _Fuzz(
        http,
        stack.gateway_url,
        [one.encode() for one in (*told_nobody, stack.webhook_secret, *secrets, *_passwords(running))],
        outcome,
    )
    gateway = psutil.Process(stack.pids["gateway"][0])
    mutants = iter(Mutations(bodies, stack.webhook_secret, (*wrong, *secrets), seed))
    await _all(fuzz, islice(mutants, round(times * WARM_UP)), on_step)
    outcome.before = gateway.memory_info().rss / _MEGABYTE
    await _all(fuzz, islice(mutants, times - round(times * WARM_UP)), on_step)
    outcome.grown = gateway.memory_info().rss / _MEGABYTE - outcome.before
    await fuzz.put_again()
    outcome.complaints += _not_alive(running, stack.pids)
    return outcome


async def _all(fuzz: _Fuzz, mutants: Iterator[Mutant], on_step: OnStep) -> None:
    """As many at once as may be, none made before its turn."""

    async def put_some() -> None:
        for mutant in mutants:
            await fuzz.put(mutant)
            on_step()

    await asyncio.gather(*(put_some() for _ in range(AT_ONCE)))


def _passwords(running: Running) -> Iterator[str]:
    for urls in running.stack.databases.values():
        for url in (urls.app, urls.owner):
            yield httpx.URL(url).password


def _not_alive(running: Running, before: dict[str, list[int]]) -> list[str]:
    now = running.stack.pids
    return [
        f"{name} was ended: {pids} became {now.get(name)}" for name, pids in before.items() if now.get(name) != pids
    ]


def _named(answer: httpx.Response) -> str:
    return " ".join(filter(None, (str(answer.status_code), _code_of(answer))))


def _code_of(answer: httpx.Response) -> str:
    if answer.headers.get("content-type") != "application/problem+json":
        return ""
    return str(answer.json().get("code", ""))


def _is_to_come_again(answer: httpx.Response) -> bool:
    """Whether it should be taken one day; the quarantine has its bounds."""
    return answer.status_code == httpx.codes.SERVICE_UNAVAILABLE and _code_of(answer) != "MESSAGE_NOT_KEPT"
