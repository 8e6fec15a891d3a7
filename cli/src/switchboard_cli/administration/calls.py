"""`switchboard calls`: a clinic's calls as Vapi told of them."""

from typing import TYPE_CHECKING, Annotated

import typer

from switchboard_cli.administration.clinic import clinic, one
from switchboard_cli.administration.options import HomeOption, JsonOption, LimitOption, OrganizationOption

if TYPE_CHECKING:
    from switchboard_cli.administration.display import Column

app = typer.Typer(no_args_is_help=True, help="Calls, and what was booked in them.")

_PATH = "/api/calls"


@app.command("list")
def list_calls(
    organization: OrganizationOption, limit: LimitOption = 50, home: HomeOption = None, as_json: JsonOption = False
) -> None:
    """List calls, the latest first."""
    with clinic(organization, home, as_json=as_json) as at:
        at.display.items(at.every(_PATH, at_most=limit), _columns(), none="No call yet.")


@app.command()
def show(
    call: Annotated[str, typer.Argument(metavar="CALL", help="Its id, as `list` shows it.")],
    organization: OrganizationOption,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a call with its summary, and what was said."""
    from switchboard_cli.administration.display import Column

    with clinic(organization, home, as_json=as_json) as at:
        rest = [
            Column("to", "called_number"),
            Column("contact", "contact_id"),
            Column("Vapi's id", "vapi_call_id"),
            Column("cost", "cost"),
            Column("tools", "tools_used"),
            Column("success", "success_evaluation"),
            Column("summary", "summary"),
            Column("transcript", "transcript"),
        ]
        at.display.item(at.get(one(_PATH, call)), [*_columns(), *rest])


def _columns() -> "list[Column]":
    from switchboard_cli.administration.display import Column, Instant

    return [
        Instant("began", "started_at"),
        Column("from", "caller_number"),
        Column("status", "status"),
        Column("seconds", "duration_seconds"),
        Column("ended because", "ended_reason"),
        Column("appointments", "appointment_ids"),
        Column("id", "id"),
    ]
