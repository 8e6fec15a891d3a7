"""A roll-out's progress, as long as somebody looks."""

import threading
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from switchboard_cli.administration.desk import Desk
from switchboard_cli.administration.rollouts import path_of

if TYPE_CHECKING:
    from switchboard_cli.administration.gateway import Item

UNDER_WAY = ("canary", "running", "rolling_back")
_PAUSE_SECONDS = 0.5


def follow(at: Desk, rollout: "Item", stop: threading.Event | None = None) -> "Item":
    """The roll-out as it is once nothing goes on by itself, or once it is told to stop looking: `stop`, or Ctrl-C."""
    stop = stop or threading.Event()
    console = Console(stderr=True, soft_wrap=True, quiet=at.display.is_for_machines)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        bar = progress.add_task("")
        told = ""
        try:
            while True:
                progress.update(bar, description=rollout["state"], total=_all(rollout), completed=_done(rollout))
                if not console.is_terminal and rollout["state"] != told:
                    console.print(f"{rollout['state']}: {_done(rollout)} of {_all(rollout)}", highlight=False)
                told = rollout["state"]
                if told not in UNDER_WAY or stop.wait(_PAUSE_SECONDS):
                    return rollout
                rollout = at.gateway.get(path_of(rollout["id"]))
        except KeyboardInterrupt:
            at.display.aside("It goes on by itself: switchboard rollout status --watch")
            return rollout


def _all(rollout: "Item") -> int:
    # On the way back, those that post to the previous URL are those that are done.
    back = rollout["at_previous_url"] if rollout["state"] in ("rolling_back", "rolled_back") else 0
    return int(rollout["waiting"] + rollout["pointed"] + rollout["failed"] + back)


def _done(rollout: "Item") -> int:
    return _all(rollout) - int(rollout["waiting"])
