"""`switchboard connections`: calendars elsewhere that are kept in step with a clinic's own, over CalDAV."""

from typing import TYPE_CHECKING, Annotated

import typer

from switchboard_cli.administration import calendars
from switchboard_cli.administration.calendars import CalendarArgument
from switchboard_cli.administration.clinic import clinic, one
from switchboard_cli.administration.options import HomeOption, JsonOption, LimitOption, OrganizationOption

if TYPE_CHECKING:
    from switchboard_cli.administration.display import Column

app = typer.Typer(
    no_args_is_help=True,
    help="Connections: calendars elsewhere, kept in step over CalDAV.\n\nOur appointments are pushed there; its other "
    "events are busy times here.",
)

_PATH = "/api/connections"

ConnectionArgument = Annotated[str, typer.Argument(metavar="CONNECTION", help="Its id, as `list` shows it.")]
PasswordOption = Annotated[
    typer.FileText | None,
    typer.Option(help="A file with the password; - for standard input. Without it you are asked."),
]


@app.command("list")
def list_connections(
    calendar: CalendarArgument, organization: OrganizationOption, home: HomeOption = None, as_json: JsonOption = False
) -> None:
    """List a calendar's connections, with how they are."""
    with clinic(organization, home, as_json=as_json) as at:
        at.display.items(at.every(calendars.path_of(at, calendar, "connections")), _columns(), none="No connection.")


@app.command()
def show(
    connection: ConnectionArgument,
    organization: OrganizationOption,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a connection."""
    with clinic(organization, home, as_json=as_json) as at:
        at.display.item(at.get(one(_PATH, connection)), _columns())


@app.command()
def create(
    *,
    calendar: CalendarArgument,
    url: Annotated[str, typer.Argument(help="The https:// address of the calendar elsewhere.")],
    organization: OrganizationOption,
    username: Annotated[str, typer.Option(help="Whose calendar it is there.")],
    password_file: PasswordOption = None,
    with_names: Annotated[
        bool, typer.Option("--with-names", help="Push patients and services; else busy times alone.")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Connect a calendar. Take a password that was made for this alone: it is kept sealed, and never shown."""
    from switchboard_cli.administration.secret_input import read_secret

    password = read_secret(password_file, "Password")
    with clinic(organization, home, as_json=as_json) as at:
        body = {"url": url, "username": username, "password": password, "with_names": with_names}
        at.display.item(at.post(calendars.path_of(at, calendar, "connections"), body), _columns())


@app.command("replace-password")
def replace_password(
    *,
    connection: ConnectionArgument,
    organization: OrganizationOption,
    password_file: PasswordOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Replace a connection's password; it is then tried again at once."""
    from switchboard_cli.administration.secret_input import read_secret

    password = read_secret(password_file, "Password")
    with clinic(organization, home, as_json=as_json) as at:
        at.display.item(at.patch(one(_PATH, connection), {"password": password}), _columns())


@app.command()
def delete(
    *,
    connection: ConnectionArgument,
    organization: OrganizationOption,
    leave_events: Annotated[
        bool, typer.Option("--leave-events", help="Leave there what we pushed, and forget the connection at once.")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """End a connection. What we pushed is taken away there first."""
    with clinic(organization, home, as_json=as_json) as at:
        at.delete(one(_PATH, connection) + ("?leave_events=true" if leave_events else ""))
        at.display.done(
            "The connection is ended. What was pushed stays there."
            if leave_events
            else "The connection is ending: it is listed until what we pushed is taken away there."
        )


@app.command()
def drift(
    *,
    calendar: CalendarArgument,
    organization: OrganizationOption,
    limit: LimitOption = 100,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """List our appointments that somebody moved, changed or deleted elsewhere."""
    from switchboard_cli.administration.display import Column, Instant

    columns = [
        Instant("here", "starts_at"),
        Column("there", "kind"),
        Instant("begins there", "outside_starts_at"),
        Instant("noticed", "noticed_at"),
        Column("appointment", "appointment_id"),
        Column("connection", "connection_id"),
    ]
    with clinic(organization, home, as_json=as_json) as at:
        found = at.every(calendars.path_of(at, calendar, "drift"), at_most=limit)
        at.display.items(found, columns, none="Everything is there as it is here.")


@app.command("put-back")
def put_back(
    *,
    connection: ConnectionArgument,
    appointment: Annotated[str, typer.Argument(metavar="APPOINTMENT", help="Its id, as `drift` shows it.")],
    organization: OrganizationOption,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Push an appointment as it is here, over what was made of it there."""
    with clinic(organization, home, as_json=as_json) as at:
        at.post(f"{one(_PATH, connection)}/put-back", {"appointment_id": appointment})
        at.display.done("The appointment is pushed as it is here.")


def _columns() -> "list[Column]":
    from switchboard_cli.administration.display import Column, Instant

    return [
        Column("id", "id"),
        Column("calendar elsewhere", "url"),
        Column("user", "username"),
        Column("shows names", "with_names"),
        Instant("pushed", "pushed_at", absent="not yet"),
        Instant("looked at", "looked_at", absent="not yet"),
        Column("waiting", "waiting"),
        Column("trouble", "trouble", absent="none"),
        Column("ending", "ending"),
    ]
