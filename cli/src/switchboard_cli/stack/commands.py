"""The stack's commands and their options. What they do is imported only when they run: `--help` stays fast."""

from pathlib import Path
from typing import Annotated

import typer

from switchboard_cli.services import BACKENDS

HomeOption = Annotated[
    Path, typer.Option("--home", envvar="SWITCHBOARD_HOME", help="The folder with the stack's data and keys.")
]
DEFAULT_HOME = Path(".switchboard")


def register(app: typer.Typer) -> None:
    app.command()(up)
    app.command()(status)


def up(
    home: HomeOption = DEFAULT_HOME,
    port: Annotated[int, typer.Option(min=1, max=65535, help="The gateway's port; the others are chosen.")] = 8000,
    no_seed: Annotated[bool, typer.Option("--no-seed", help="Leave out the demo organizations.")] = False,
    vapi_url: Annotated[str | None, typer.Option(help="Use this API instead of the Vapi simulator.")] = None,
    processes: Annotated[
        list[str] | None, typer.Option(metavar="SERVICE=N", help="Several processes of a service, e.g. booking=2.")
    ] = None,
) -> None:
    """Run the whole set on this machine until Ctrl-C."""
    replicas = dict(_replicas(text) for text in processes or [])
    from rich.console import Console

    from switchboard_cli.stack.up import up as run

    raise typer.Exit(run(home, port=port, console=Console(), seed=not no_seed, vapi_url=vapi_url, replicas=replicas))


def status(home: HomeOption = DEFAULT_HOME) -> None:
    """Show each process, its health, the webhook and the last event."""
    from switchboard_cli.stack.status import status as show

    raise typer.Exit(show(home))


def _replicas(text: str) -> tuple[str, int]:
    service, _, number = text.partition("=")
    service = service.replace("-", "_")
    if service not in BACKENDS or not number.isdecimal() or int(number) < 1:
        raise typer.BadParameter(f"{text!r} is not SERVICE=N with SERVICE one of {', '.join(BACKENDS)} and N from 1.")
    return service, int(number)
