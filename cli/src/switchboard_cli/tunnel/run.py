"""The life of a tunnel: everything points at it while it lasts, and at what it was before when it ends."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from switchboard_cli.administration.desk import Desk
from switchboard_cli.administration.errors import AdministrationError, Refused
from switchboard_cli.administration.following import UNDER_WAY, follow
from switchboard_cli.administration.rollouts import START, path_of
from switchboard_cli.tunnel.errors import NotPutBack
from switchboard_cli.tunnel.mark import Mark
from switchboard_cli.tunnel.public_url import PublicUrl

if TYPE_CHECKING:
    from switchboard_cli.administration.gateway import Item

_LOOK_SECONDS = 5.0
_LOOKS = 3
"""How often it has to be gone, one look after the other, to count as gone."""


def run(at: Desk, public: PublicUrl, home: Path | None) -> None:
    """Until told to stop, or until the tunnel has ended. Raises AdministrationError."""
    mark = Mark(home, at.gateway.url)
    with mark.alone(), _stopped_by_signals() as stop:
        public.require_gateway()
        if left := mark.left_behind():
            at.display.warn(f"The last tunnel was killed: what it pointed at {left} is put back first.")
            _put_back(at, left, stop)
        mark.make(public.url)
        is_told_to_stop = _use(at, public, stop)
        # From here on a signal ends the display alone.
        stop.clear()
        _put_back_at_the_end(at, public.url, mark, stop)
    raise typer.Exit(0 if is_told_to_stop else 1)


def _use(at: Desk, public: PublicUrl, stop: threading.Event) -> bool:
    """Point everything there and wait for the end; whether it was asked for."""
    rollout = follow(at, at.gateway.post(START, {"backend_url": public.url}), stop)
    if rollout["state"] == "completed" and not rollout["failed"]:
        at.display.done(f"Vapi posts to {public.url}. Ctrl-C puts back {rollout['previous_backend_url']}.")
        _watch(at, public, stop)
    elif not stop.is_set():
        at.display.warn(f"Not everything could be pointed at {public.url}: see switchboard rollout status --targets")
    return stop.is_set()


@contextmanager
def _stopped_by_signals() -> Iterator[threading.Event]:
    stop = threading.Event()
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    former = {number: signal.getsignal(number) for number in numbers}
    for number in numbers:
        if number is not signal.SIGHUP or former[number] is not signal.SIG_IGN:  # nohup
            signal.signal(number, lambda *_: stop.set())
    try:
        yield stop
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def _watch(at: Desk, public: PublicUrl, stop: threading.Event) -> None:
    looks_left = _LOOKS
    while not stop.wait(_LOOK_SECONDS):
        looks_left = _LOOKS if public.is_there(at.gateway.url) else looks_left - 1
        if not looks_left:
            at.display.warn(f"{public.url} is gone.")
            return


def _put_back_at_the_end(at: Desk, url: str, mark: Mark, stop: threading.Event) -> None:
    try:
        _put_back(at, url, stop)
    except AdministrationError as error:
        sentence = "The old URL was not put back. The next `switchboard tunnel` does it, or: switchboard rollout back"
        raise NotPutBack(f"{error}\n{sentence}") from error
    mark.remove()


def _put_back(at: Desk, url: str, stop: threading.Event) -> None:
    """Take the latest roll-out back if it was to this URL. Raises AdministrationError."""
    latest = _latest(at)
    if latest is None or latest["backend_url"] != url or latest["state"] == "rolled_back":
        return
    if latest["state"] != "rolling_back" and (latest := _roll_back(at, latest)) is None:
        return
    ended = follow(at, latest, stop)
    if ended["state"] in UNDER_WAY or ended["failed"]:
        at.display.warn("Not everything was put back yet: see switchboard rollout status")
    else:
        at.display.done(f"Vapi posts to {ended['previous_backend_url']} again.")


def _roll_back(at: Desk, rollout: "Item") -> "Item | None":
    """None if Vapi was pointed elsewhere since, by whoever runs the platform: that stays."""
    try:
        return at.gateway.post(f"{path_of(rollout['id'])}/rollback", {})
    except Refused as refused:
        if refused.code == "ROLLOUT_OVER":
            return None
        raise


def _latest(at: Desk) -> "Item | None":
    try:
        return at.gateway.get(path_of("latest"))
    except Refused as refused:
        if refused.status == HTTPStatus.NOT_FOUND:
            return None
        raise
