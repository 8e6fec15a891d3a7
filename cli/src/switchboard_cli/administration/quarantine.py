"""`switchboard quarantine`: verified messages whose organization could not be established."""

from typing import TYPE_CHECKING, Annotated

import typer

from switchboard_cli.administration.desk import desk
from switchboard_cli.administration.options import HomeOption, JsonOption, LimitOption

if TYPE_CHECKING:
    from switchboard_cli.administration.display import Column

app = typer.Typer(
    no_args_is_help=True,
    help="Messages whose organization could not be established.\n\nOnce their evidence names one (map the number), "
    "what is recorded is delivered in order; tool calls stay as evidence and are never executed.",
)

_PATH = "/api/quarantine"


@app.command("list")
def list_messages(limit: LimitOption = 50, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List quarantined messages in the order in which they came, without their bodies."""
    with desk(home, as_json=as_json) as at:
        found = at.gateway.every(_PATH, at_most=limit)
        at.display.items(found, _columns(), none="Nothing is in quarantine.")


@app.command()
def show(
    message_id: Annotated[str, typer.Argument(metavar="MESSAGE", help="Its id, as `list` shows it.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one message with its body, which may hold patient data: the audit log tells who read it."""
    from switchboard_cli.administration.display import Column
    from switchboard_cli.administration.gateway import part

    with desk(home, as_json=as_json) as at:
        message = at.gateway.get(f"{_PATH}/{part(message_id)}")
        at.display.item(message, [*_columns(), Column("body", "body", absent="forgotten")])


def _columns() -> "list[Column]":
    from switchboard_cli.administration.display import Column, Instant

    return [
        Instant("received", "received_at"),
        Column("type", "message_type"),
        Column("why", "outcome"),
        Column("state", "state"),
        Column("delivered to", "organization_id"),
        Column("evidence", "evidence"),
        Column("call", "call_id"),
        Instant("expires", "expires_at"),
        Column("id", "id"),
    ]
