"""How long a service took to answer, told with its answer in the words of HTTP's `Server-Timing`."""

import re
from dataclasses import dataclass

from chassis.rpc.metadata import Metadata, text_of

SERVER_TIMING = "server-timing"

_TOLD = re.compile(r"total;dur=(\d{1,9}\.\d{3}), db;dur=(\d{1,9}\.\d{3})")


@dataclass(frozen=True, slots=True)
class ServerTiming:
    """In milliseconds."""

    total: float
    database: float
    """Of these, those in which its database was waited for."""

    def __str__(self) -> str:
        return f"total;dur={self.total:.3f}, db;dur={self.database:.3f}"


def timing_in(metadata: Metadata | None) -> ServerTiming | None:
    """None if a service does not tell."""
    found = _TOLD.fullmatch(text_of(metadata, SERVER_TIMING) or "")
    return None if found is None else ServerTiming(float(found[1]), float(found[2]))
