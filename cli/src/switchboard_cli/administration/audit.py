"""`switchboard audit`: who did what, when."""

from typing import Annotated

import typer

from switchboard_cli.administration.desk import desk
from switchboard_cli.administration.options import HomeOption, JsonOption, LimitOption


def audit(
    organization: Annotated[
        str | None,
        typer.Option(
            "--organization",
            "-o",
            metavar="ORGANIZATION",
            help="Only this one's: an id, the beginning of one, or a name.",
        ),
    ] = None,
    limit: LimitOption = 50,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show who did what when, newest first. Entries can be neither changed nor removed."""
    from switchboard_cli.administration.display import Column, Instant
    from switchboard_cli.administration.organizations import find_organization

    columns = [
        Instant("at", "at"),
        Column("who", "actor"),
        Column("through", "caller"),
        Column("did", "action"),
        Column("to", "subject"),
        Column("organization", "organization_id", absent="platform"),
        Column("facts", "details"),
    ]
    with desk(home, as_json=as_json) as at:
        path = "/api/audit"
        if organization is not None:
            path = f"/api/organizations/{find_organization(at.gateway, organization)['id']}/audit"
        at.display.items(at.gateway.every(path, at_most=limit), columns, none="Nothing was done yet.")
