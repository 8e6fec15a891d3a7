"""`switchboard calls`: a clinic's calls as Vapi told of them."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from switchboard_cli.administration.clinic import clinic, one
from switchboard_cli.administration.options import HomeOption, JsonOption, LimitOption, OrganizationOption

if TYPE_CHECKING:
    from switchboard_cli.administration.display import Column

app = typer.Typer(no_args_is_help=True, help="Calls, and what was booked in them.")

_PATH = "/api/calls"

_COMPLETENESS = {
    "day": "day",
    "in Vapi": "in_vapi",
    "reported": "reported",
    "of these fetched": "fetched",
    "missing": "missing",
}


class Channel(StrEnum):
    MONO = "mono"
    STEREO = "stereo"
    ASSISTANT = "assistant"
    CUSTOMER = "customer"


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


@app.command()
def recording(
    call: Annotated[str, typer.Argument(metavar="CALL", help="Its id, as `list` shows it.")],
    organization: OrganizationOption,
    to: Annotated[Path, typer.Option("--to", metavar="FILE", help="Where it is written: `call.wav`.")],
    channel: Annotated[
        Channel, typer.Option("--channel", help="What is heard: both, both on a side of their own, or one of them.")
    ] = Channel.MONO,
    home: HomeOption = None,
) -> None:
    """Save what was said in a call as sound. The audit log tells who did."""
    from switchboard_cli.administration.saving import save

    with clinic(organization, home) as at:
        path = f"{one(_PATH, call)}/recording"
        save(at.gateway.download(path, {"channel": channel.value}, organization=at.id), to)
        at.display.aside(f"The recording is in {to}.")


@app.command()
def completeness(
    organization: OrganizationOption,
    begins: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="Of calls that began from then on; 30 days.")
    ] = None,
    ends: Annotated[str | None, typer.Option("--to", metavar="TIME", help="And before then; now.")] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show of how many of Vapi's calls the report is here, by the day (UTC)."""
    from switchboard_cli.administration.display import Column

    with clinic(organization, home, as_json=as_json) as at:
        period = {name: text for name, text in (("from", begins), ("to", ends)) if text}
        columns = [Column(name, field) for name, field in _COMPLETENESS.items()]
        at.display.items(at.get(f"{_PATH}/completeness", period)["days"], columns, none="Vapi lists no ended call.")


@app.command()
def compare(
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="TIME", help="Once more what changed since then: `2026-11-14T00:00:00Z`."),
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare Vapi's calls, all organizations', with the reports that arrived, and fetch what never did."""
    from switchboard_cli.administration.desk import desk
    from switchboard_cli.administration.display import Column, Instant

    with desk(home, as_json=as_json) as at:
        begun = at.gateway.post("/api/platform/call-comparison", {"since": since} if since else {})
        columns = [
            Instant("compared until", "compared_until"),
            Column("listed by Vapi", "listed"),
            Column("nobody's", "nobodys"),
            Column("missing", "missing"),
            Instant("missing since", "missing_since"),
        ]
        at.display.item(begun, columns)
        at.display.aside("It goes on by itself; ask again to see how far it is.")


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
