"""Faults that a test asks for in advance, and a count of what was asked of the simulator."""

from collections import Counter
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to the next `times` requests of one method and route (`/assistant/{id}`).

    `status` is answered in place of the real answer, after `delay_seconds`, and the request is not carried out;
    unless `committed`: then only its answer is lost (a 504, or one so late that the client has given up).
    Without a status the real answer comes, late.
    """

    method: str
    route: str
    times: int = 1
    status: int | None = None
    committed: bool = False
    delay_seconds: float = 0.0


@dataclass(slots=True)
class Journal:
    """Every request that carried the key is counted, whatever its answer was."""

    requests: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)

    def count(self, method: str, route: str) -> int:
        return self.requests[f"{method} {route}"]

    def arrived(self, method: str, route: str) -> Fault | None:
        """Counts the request and says which fault is due for it."""
        self.requests[f"{method} {route}"] += 1
        for index, fault in enumerate(self.faults):
            if (fault.method, fault.route) == (method, route):
                self.faults[index : index + 1] = [replace(fault, times=fault.times - 1)] if fault.times > 1 else []
                return fault
        return None
