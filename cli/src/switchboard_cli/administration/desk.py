"""Where a verb is done: the gateway it asks, the display it answers on, and what becomes of a refusal."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:  # `--help` stays fast
    from switchboard_cli.administration.display import Display
    from switchboard_cli.administration.gateway import Gateway


@dataclass(frozen=True, slots=True)
class Desk:
    gateway: "Gateway"
    display: "Display"


@contextmanager
def desk(home: Path | None, *, as_json: bool = False) -> Iterator[Desk]:
    """Ends the command with a sentence and exit code 1 if the verb cannot be done."""
    from switchboard_cli.administration.access import find_access
    from switchboard_cli.administration.display import Display, show_error
    from switchboard_cli.administration.errors import AdministrationError
    from switchboard_cli.administration.gateway import Gateway

    try:
        with Gateway(find_access(home)) as gateway:
            yield Desk(gateway, Display(as_json=as_json))
    except AdministrationError as error:
        show_error(error)
        raise typer.Exit(1) from None
