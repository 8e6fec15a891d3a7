"""Could it have been so? Whether some order of concurrent operations, one at a time, explains every answer.

After Wing, Gong and Lowe: an operation may come next if no other had its answer before this one was asked. States that
were tried with the same operations behind them are not tried again.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

State = TypeVar("State")

MOST_TRIED = 50_000
"""Steps after which it is given up; histories that can be explained take some thousands."""


@dataclass(frozen=True, slots=True)
class Operation(Generic[State]):
    """What was asked, between two moments of one clock, and what the answer says of the state."""

    asked: float
    answered: float
    """Infinite if nobody heard an answer: then it may have happened at any time since, or never."""
    after: Callable[[State], Sequence[State]]
    """The states that may be after it; none if that answer cannot be given in this state."""
    title: str = ""


class Unexplained(Exception):
    """No order explains the answers; the message tells how far the best one came, and what could not follow."""


@dataclass(frozen=True, slots=True)
class _Step(Generic[State]):
    done: int
    """A bit for each operation."""
    state: State
    last: Operation[State] | None = None
    before: "_Step[State] | None" = None


def explain(history: Sequence[Operation[State]], initial: State) -> list[Operation[State]]:
    """An order that explains every answer. Raises Unexplained, also where none was found among MOST_TRIED steps."""
    operations = sorted(history, key=lambda one: one.asked)
    certain = sum(1 << place for place, one in enumerate(operations) if math.isfinite(one.answered))
    best = first = _Step(0, initial)
    tried, waiting = {(first.done, first.state)}, [first]
    while waiting and len(tried) < MOST_TRIED:
        step = waiting.pop()
        if step.done & certain == certain:
            return _path(step)
        if step.done.bit_count() > best.done.bit_count():
            best = step
        for following in _following(operations, step):
            if (key := (following.done, following.state)) not in tried:
                tried.add(key)
                waiting.append(following)
    undecided = "it was given up; " if waiting else ""
    raise Unexplained(undecided + _told(operations, best))


def _following(operations: Sequence[Operation[State]], step: _Step[State]) -> list[_Step[State]]:
    """In the order in which they are to be tried last."""
    heard: list[_Step[State]] = []
    unheard: list[_Step[State]] = []
    for place in _next(operations, step.done):
        operation = operations[place]
        is_heard = math.isfinite(operation.answered)
        for state in operation.after(step.state):
            following = _Step(step.done | 1 << place, state, operation, step)
            if state != step.state:
                (heard if is_heard else unheard).append(following)
            elif is_heard:
                return [following]  # what changes nothing can as well come first
    # What nobody heard of can come later, if at all: it is tried where nothing else can follow.
    return unheard + heard


def _next(operations: Sequence[Operation[State]], done: int) -> Iterator[int]:
    """Those that were asked before any other that is still missing was answered."""
    first_answer = math.inf
    for place in range((~done & (done + 1)).bit_length() - 1, len(operations)):
        if done >> place & 1:
            continue
        if operations[place].asked > first_answer:
            return
        yield place
        first_answer = min(first_answer, operations[place].answered)


def _path(step: _Step[State]) -> list[Operation[State]]:
    path = []
    while step.before is not None and step.last is not None:
        path.append(step.last)
        step = step.before
    return path[::-1]


def _told(operations: Sequence[Operation[State]], best: _Step[State]) -> str:
    lines = [f"{len(_path(best))} of {len(operations)} operations can be put in an order, that far:"]
    lines += [f"  {one.title}" for one in _path(best)[-10:]]
    lines += ["and none of these can follow:"]
    lines += [f"  {operations[place].title}" for place in _next(operations, best.done)]
    return "\n".join([*lines, f"with {best.state}"])
