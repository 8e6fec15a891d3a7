"""Rounds: every contestant in turn, again and again, so that what disturbs the machine disturbs all of them.

Figures are ratios within a round; of these the median counts.
"""

import statistics
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from itertools import cycle, islice

from tests.bench import bodies
from tests.bench.arena import Arena
from tests.bench.bodies import Fills
from tests.bench.clinics import Clinics, busy_days, free_slots
from tests.bench.load import Job, Sample, measure

CONTESTANTS = ("bare", "raw", "floor", "monolith", "split")
CALLERS = (1, 32)

MOST_BOOKED_PER_SECOND = 2000
"""More than any contestant books here: so many free times are handed out, and what is left over comes back."""


class WrongAnswer(Exception):
    """A contestant did not do what it was measured for; figures of that mean nothing."""


@dataclass(frozen=True, slots=True)
class Workload:
    name: str
    template: bytes
    expected: bytes
    """In every right answer of a contestant that does the work."""
    expected_of_bare: bytes

    @property
    def books(self) -> bool:
        return self.name == "bookClinicAppointment"


WORKLOADS = (
    Workload("checkAvailability", bodies.check_availability(), b'"outcome":"free"', b'"results"'),
    Workload("bookClinicAppointment", bodies.book_clinic_appointment(), b'"outcome":"booked"', b'"results"'),
    Workload("conversation-update", bodies.conversation_update(), b"{}", b"{}"),
    Workload("conversation-update, long", bodies.conversation_update(kilobytes=200), b"{}", b"{}"),
)


@dataclass(frozen=True, slots=True)
class Case:
    """What is measured for every contestant."""

    workload: Workload
    callers: int


CASES = tuple(Case(workload, callers) for callers in CALLERS for workload in WORKLOADS)


@dataclass(slots=True)
class Figures:
    """The samples of each case by contestant, one for each round."""

    samples: dict[Case, dict[str, list[Sample]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))

    def ratios(self, case: Case, contestant: str, to: str) -> list[float]:
        """Throughput as a multiple of another contestant's, round by round."""
        of_case = self.samples[case]
        return [one.per_second / other.per_second for one, other in zip(of_case[contestant], of_case[to], strict=True)]

    def per_second(self, case: Case, contestant: str) -> float:
        return statistics.median(sample.per_second for sample in self.samples[case][contestant])

    def milliseconds(self, case: Case, contestant: str) -> tuple[float, float, float]:
        """p50, p95 and p99 of all rounds."""
        latencies = sorted(1000 * one for sample in self.samples[case][contestant] for one in sample.latencies)
        if len(latencies) == 1:
            return latencies[0], latencies[0], latencies[0]
        hundredths = statistics.quantiles(latencies, n=100, method="inclusive")
        return hundredths[49], hundredths[94], hundredths[98]


class Contest:
    """Hands every booking a free time of its own, and runs the rounds."""

    def __init__(self, arena: Arena, clinics: Clinics, generator: Executor) -> None:
        self._arena = arena
        self._generator = generator
        self._fresh = free_slots(clinics.empty)
        self._handed_back: list[Fills] = []
        self._looks = list(busy_days(clinics.busy))
        self.booked: dict[str, list[str]] = {name: [] for name in CONTESTANTS}
        """Ids of the appointments that were answered, by contestant, warm-up included."""

    def run(self, rounds: int, seconds: float, on_sample: Callable[[Case, str], None]) -> Figures:
        """Raises WrongAnswer."""
        figures = Figures()
        for number in range(rounds):
            for case in CASES:
                for contestant in _rotated(CONTESTANTS, number):
                    figures.samples[case][contestant].append(self.sample(case, contestant, seconds))
                    on_sample(case, contestant)
        return figures

    def sample(self, case: Case, contestant: str, seconds: float) -> Sample:
        """One contestant, once. Raises WrongAnswer."""
        workload, is_bare = case.workload, contestant == "bare"
        fills = self._take_slots(seconds) if workload.books else self._looks
        job = Job(
            port=self._arena.ports[contestant],
            secret=self._arena.stack.webhook_secret,
            template=workload.template,
            fills=fills,
            again=is_bare or not workload.books,
            expected=workload.expected_of_bare if is_bare else workload.expected,
            callers=case.callers,
            seconds=seconds,
        )
        try:
            sample = self._generator.submit(measure, job).result()
        except OSError as error:
            raise WrongAnswer(f"{contestant} left {workload.name} unanswered: {error!r}") from error
        if workload.books:
            self._handed_back = fills if is_bare else fills[sample.sent :]
            self.booked[contestant] += sample.appointment_ids
        if sample.wrong or not sample.latencies:
            raise WrongAnswer(
                f"{contestant} answered {sample.wrong} of {sample.sent} {workload.name} wrongly:"
                f" {sample.a_wrong_answer.decode(errors='replace')}"
            )
        return sample

    def _take_slots(self, seconds: float) -> list[Fills]:
        most = int(seconds * MOST_BOOKED_PER_SECOND) + max(CALLERS)
        missing = max(0, most - len(self._handed_back))
        return [*self._handed_back, *islice(self._fresh, missing)]


def _rotated(names: Sequence[str], by: int) -> list[str]:
    """Nobody always comes after the same neighbour's place in the round."""
    by %= len(names)
    return list(islice(cycle(names), by, by + len(names)))
