"""`switchboard call`: what happened in one call, and why a time was not offered."""

from typing import TYPE_CHECKING, Annotated

import typer

from switchboard_cli.administration.desk import desk
from switchboard_cli.administration.options import HomeOption, JsonOption

if TYPE_CHECKING:  # `--help` stays fast
    from switchboard_cli.administration.gateway import Gateway, Item


def call(
    call_id: Annotated[str, typer.Argument(metavar="CALL", help="Its id, as `calls list` shows it, or Vapi's.")],
    organization: Annotated[
        str | None,
        typer.Option(
            "--organization",
            "-o",
            metavar="ORGANIZATION",
            help="Whose: an id, the beginning of an id, or a name. Without it, it is looked for in all of them.",
        ),
    ] = None,
    why: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Tell why this start was not offered: 10:00, or 2026-12-01T10:00."),
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what happened in a call: messages, tools, what was answered, and where the time went."""
    from switchboard_cli.administration.call_timeline import drawn, sentences

    with desk(home, as_json=as_json) as at:
        told = _timeline(at.gateway, call_id, organization, {} if why is None else {"why": why})
        at.display.drawing(told, lambda: drawn(told) if why is None else sentences(told, why))


def _timeline(gateway: "Gateway", call_id: str, organization: str | None, query: dict[str, str]) -> "Item":
    """Raises NotOne, Refused, Unreachable."""
    from switchboard_cli.administration.errors import NotOne, Refused
    from switchboard_cli.administration.gateway import part
    from switchboard_cli.administration.organizations import every_organization, find_organization

    path = f"/api/calls/{part(call_id)}/timeline"
    if organization is not None:
        return gateway.get(path, query, organization=find_organization(gateway, organization)["id"])
    for one in every_organization(gateway):
        try:
            return gateway.get(path, query, organization=one["id"])
        except Refused as refused:
            if refused.code not in {"CALL_NOT_FOUND", "NOT_FOUND"}:
                raise
    raise NotOne(f"No organization has a call {call_id}.\n`calls list` shows a clinic's calls.")
