"""`switchboard feeds`: a clinic's calendars as others subscribe to them."""

from typing import TYPE_CHECKING, Annotated

import typer

from switchboard_cli.administration import calendars
from switchboard_cli.administration.calendars import CalendarArgument
from switchboard_cli.administration.clinic import clinic, one
from switchboard_cli.administration.options import HomeOption, JsonOption, OrganizationOption

if TYPE_CHECKING:
    from switchboard_cli.administration.display import Column

app = typer.Typer(
    no_args_is_help=True,
    help="Feeds: a calendar's secret links, for Google, Apple and Outlook.\n\nTo replace one: create a second, "
    "subscribe to it, revoke the first.",
)


@app.command("list")
def list_feeds(
    calendar: CalendarArgument, organization: OrganizationOption, home: HomeOption = None, as_json: JsonOption = False
) -> None:
    """List a calendar's feeds, without their links."""
    with clinic(organization, home, as_json=as_json) as at:
        at.display.items(at.every(calendars.path_of(at, calendar, "feeds")), _columns(), none="No feed.")


@app.command()
def create(
    *,
    calendar: CalendarArgument,
    organization: OrganizationOption,
    with_names: Annotated[
        bool, typer.Option("--with-names", help="Show patients and services; else busy times alone.")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a link to a calendar. It is shown once: on standard output, alone."""
    with clinic(organization, home, as_json=as_json) as at:
        made = at.post(calendars.path_of(at, calendar, "feeds"), {"with_names": with_names})
        at.display.secret(made, "url", note=f"Whoever has it reads the calendar. The feed's id is {made['id']}.")


@app.command()
def revoke(
    feed: Annotated[str, typer.Argument(metavar="FEED", help="Its id, as `list` shows it.")],
    organization: OrganizationOption,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """End a link: from now on it leads nowhere."""
    with clinic(organization, home, as_json=as_json) as at:
        at.delete(one("/api/feeds", feed))
        at.display.done("The link leads nowhere now. What its readers have read before, they have.")


def _columns() -> "list[Column]":
    from switchboard_cli.administration.display import Column, Instant

    return [Column("id", "id"), Column("shows names", "with_names"), Instant("created", "created_at")]
