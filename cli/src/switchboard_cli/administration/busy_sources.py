"""`switchboard busy-sources`: calendars kept elsewhere, whose busy times nobody is booked into."""

from typing import TYPE_CHECKING, Annotated

import typer

from switchboard_cli.administration import calendars
from switchboard_cli.administration.bodies import given
from switchboard_cli.administration.calendars import CalendarArgument
from switchboard_cli.administration.clinic import clinic, one
from switchboard_cli.administration.options import HomeOption, JsonOption, OrganizationOption

if TYPE_CHECKING:
    from switchboard_cli.administration.display import Column

app = typer.Typer(no_args_is_help=True, help="Busy sources: calendars kept elsewhere, whose busy times are respected.")


@app.command("list")
def list_sources(
    calendar: CalendarArgument, organization: OrganizationOption, home: HomeOption = None, as_json: JsonOption = False
) -> None:
    """List a calendar's busy sources, with when they were read and what went wrong."""
    with clinic(organization, home, as_json=as_json) as at:
        at.display.items(at.every(calendars.path_of(at, calendar, "busy-sources")), _columns(), none="No busy source.")


@app.command()
def add(
    *,
    calendar: CalendarArgument,
    organization: OrganizationOption,
    name: Annotated[str | None, typer.Option(help="What staff call it; else its host.")] = None,
    link_file: Annotated[
        typer.FileText | None,
        typer.Option(help="A file with its secret link; - for standard input. Without it you are asked."),
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Respect the busy times of a calendar that is kept elsewhere. Its link, https:// or webcal://, is a secret."""
    from switchboard_cli.administration.secret_input import read_secret

    link = read_secret(link_file, "Its secret link")
    with clinic(organization, home, as_json=as_json) as at:
        body = given(url=link, name=name)
        at.display.item(at.post(calendars.path_of(at, calendar, "busy-sources"), body), _columns())


@app.command()
def remove(
    source: Annotated[str, typer.Argument(metavar="BUSY-SOURCE", help="Its id, as `list` shows it.")],
    organization: OrganizationOption,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Forget a busy source: what is busy there can be booked again."""
    with clinic(organization, home, as_json=as_json) as at:
        at.delete(one("/api/busy-sources", source))
        at.display.done("The busy source is forgotten: what is busy there can be booked again.")


def _columns() -> "list[Column]":
    from switchboard_cli.administration.display import Column, Instant

    return [
        Column("id", "id"),
        Column("name", "name"),
        Column("host", "host"),
        Instant("read", "read_at", absent="not yet"),
        Column("failure", "failure", absent="none"),
    ]
